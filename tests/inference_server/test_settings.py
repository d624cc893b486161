from typing import Any

import pytest

from inference_server.config import ServerConfig
from inference_server.settings import SETTINGS
from serving.settings_reader import SettingError


def test_nothing_given_means_the_defaults() -> None:
    assert SETTINGS.read([], {}) == ServerConfig()


@pytest.mark.parametrize(
    ("argv", "environ", "expected"),
    [
        ([], {"NIM_MAX_NUM_SEQS": "3"}, 3),
        ([], {"NIM_MAX_NUM_SEQS": "3", "NEMOTRON_VL_MAX_NUM_SEQS": "5"}, 5),
        (["--max-num-seqs", "7"], {"NEMOTRON_VL_MAX_NUM_SEQS": "5"}, 7),
        ([], {"NIM_MAX_NUM_SEQS": ""}, 64),
    ],
)
def test_a_flag_wins_over_our_variable_and_that_over_an_alias(
    argv: list[str], environ: dict[str, str], expected: Any
) -> None:
    assert SETTINGS.read(argv, environ).engine.max_num_seqs == expected


@pytest.mark.parametrize(
    ("variable", "value", "section", "name", "expected"),
    [
        ("NIM_MODEL_PATH", "hf://nvidia/model", "checkpoint", "model", "nvidia/model"),
        ("NIM_SERVED_MODEL_NAME", "a, b", "checkpoint", "served_model_name", ("a", "b")),
        ("NIM_MAX_MODEL_LEN", "-1", "engine", "max_model_len", None),
        ("NIM_MAX_MODEL_LEN", "8192", "engine", "max_model_len", 8192),
        ("NIM_MAX_NUM_BATCHED_TOKENS", "512", "engine", "max_num_batched_tokens", 512),
        ("NIM_KVCACHE_PERCENT", ".25", "engine", "gpu_memory_fraction", 0.25),
        ("NIM_GPU_MEM_FRACTION", "0.5", "engine", "gpu_memory_fraction", 0.5),
        ("NIM_GPU_MEMORY_UTILIZATION", "1", "engine", "gpu_memory_fraction", 1.0),
        ("NIM_MAMBA_SSM_CACHE_DTYPE", "auto", "engine", "ssm_dtype", "float32"),
        ("NIM_MAX_IMAGES_PER_PROMPT", "0", "media", "max_images", 0),
        ("NIM_MAX_IMAGES_PER_PROMPT", "auto", "media", "max_images", None),
        ("NIM_MAX_VIDEOS_PER_PROMPT", "0", "media", "max_videos", 0),
        ("NIM_MAX_VIDEOS_PER_PROMPT", "2", "media", "max_videos", 2),
        ("NIM_VIDEO_PRUNING_RATE", "0.75", "media", "video_pruning_rate", 0.75),
        ("NIM_GRPC_API_PORT", "9001", "rpc", "grpc_port", 9001),
        ("NIM_LOG_LEVEL", "default", "log", "log_level", "INFO"),
        ("NIM_LOG_LEVEL", "TRACE", "log", "log_level", "DEBUG"),
        ("NIM_JSONL_LOGGING", "1", "log", "jsonl_logging", True),
        ("ENABLE_MOCK_INFERENCE", "1", "mock", "mock", True),
    ],
)
def test_each_alias_is_read(
    variable: str, value: str, section: str, name: str, expected: Any
) -> None:
    config = SETTINGS.read([], {variable: value})
    assert getattr(getattr(config, section), name) == expected


def test_media_io_kwargs_replace_the_default_sampling_whole() -> None:
    media = SETTINGS.read([], {"NIM_MEDIA_IO_KWARGS": '{"video": {"num_frames": 9}}'}).media
    assert (media.video_fps, media.video_num_frames) == (None, 9)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"NIM_MAX_NUM_SEQS": "many"}, "NIM_MAX_NUM_SEQS"),
        ({"NIM_MAX_MODEL_LEN": "1"}, "NIM_MAX_MODEL_LEN"),
        ({"NIM_VIDEO_PRUNING_RATE": "nan"}, "NIM_VIDEO_PRUNING_RATE"),
        ({"NIM_SERVED_MODEL_NAME": ","}, "NIM_SERVED_MODEL_NAME"),
        ({"NIM_MEDIA_IO_KWARGS": "{"}, "NIM_MEDIA_IO_KWARGS"),
        ({"NIM_MEDIA_IO_KWARGS": '{"video": {"fps": 0}}'}, "NIM_MEDIA_IO_KWARGS video fps"),
    ],
)
def test_a_bad_value_is_said_in_one_line_that_names_variable_and_flag(
    environ: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingError) as caught:
        SETTINGS.read([], environ)
    line = str(caught.value)
    assert line.startswith(said)
    assert "(setting: --" in line
    assert "\n" not in line


def test_an_unknown_flag_ends_with_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        SETTINGS.read(["--max-num-seq", "3"], {})
    assert caught.value.code == 2
    assert "--max-num-seq" in capsys.readouterr().err


def test_only_variables_that_mean_nothing_to_anyone_are_unknown() -> None:
    environ = {
        "NIM_CACHE_PATH": "/c",
        "NIM_TRITON_LOG_VERBOSE": "1",
        "NIM_PEFT_SOURCE": "x",
        "NEMOTRON_VL_MAX_NUM_SEQS": "3",
        "NEMOTRON_VL_MAX_SEQS": "3",
        "NEMOTRON_VL_GATEWAY_PORT": "8000",
        "NEMOTRON_VL_API_KEY": "x",
        "A": "",
    }
    assert SETTINGS.unknown_variables(environ) == ["NEMOTRON_VL_MAX_SEQS", "NIM_PEFT_SOURCE"]


def test_no_two_sections_share_a_setting_name() -> None:
    names = [name for _, section in ServerConfig() for name in type(section).model_fields]
    assert len(names) == len(set(names))


def test_help_names_every_variable(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        SETTINGS.read(["--help"], {})
    assert "NIM_SERVED_MODEL_NAME" in capsys.readouterr().out
