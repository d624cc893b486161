"""The generated contract nemotron_vl.v1."""
