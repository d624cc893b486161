"""Runs the ingest client's captioning stage as its pipeline does; its own environment runs this.

Reads {"endpoint_url", "temperature", "images"} as JSON from stdin, the images as base64 PNG, and
writes the captions that the stage stored, in the images' order.
"""

# pyright: reportMissingImports=false
import json
import sys

import pandas as pd
from nv_ingest_api.internal.schemas.transform.transform_image_caption_schema import (
    ImageCaptionExtractionSchema,
)
from nv_ingest_api.internal.transform.caption_image import (
    transform_image_create_vlm_caption_internal,
)

given = json.load(sys.stdin)
# Text between the images, as a document has it.
rows = [
    row
    for image in given["images"]
    for row in (
        {
            "document_type": "text",
            "metadata": {"content": "words", "content_metadata": {"type": "text"}},
        },
        {
            "document_type": "image",
            "metadata": {"content": image, "content_metadata": {"type": "image"}},
        },
    )
]
result = transform_image_create_vlm_caption_internal(
    pd.DataFrame(rows),
    {"temperature": given["temperature"]},
    ImageCaptionExtractionSchema(endpoint_url=given["endpoint_url"], api_key="ngcapikey"),
)
json.dump(
    [
        metadata["image_metadata"]["caption"]
        for metadata in result["metadata"]
        if metadata["content_metadata"]["type"] == "image"
    ],
    sys.stdout,
)
