"""Where each fixed limit of docs/limits.md is decided, and which constants limit no caller."""

SERVER, GATEWAY, CLI = "inference_server", "http_gateway", "clients/python/nemotron_vl/cli"

_MODEL = f"{SERVER}/rpc/served_model.py"
_TRANSPORT = f"{SERVER}/rpc/server.py"
_JPEG, _PNG, _GIF = (f"{SERVER}/media/formats/{name}.py" for name in ("jpeg", "png", "gif"))
_VIDEO = f"{SERVER}/media/video_process.py"
_JSON = f"{GATEWAY}/translation/json_body.py"
_RESTARTS, _SUPERVISOR = f"{CLI}/restarts.py", f"{CLI}/supervisor.py"

# By the row's first cell. What has no constant here is a library's, or a pattern.
PLACES: dict[str, tuple[str, ...]] = {
    "Caller's name": (f"{SERVER}/rpc/admission/gateways.py:_MAX_CHARS",),
    "Label of a key": (),
    "Request id": (),
    "`traceparent`, `tracestate`": (),
    "Connections, shared": (f"{GATEWAY}/edge/connections.py:_PART_OF_DESCRIPTORS",),
    "Request line, and each header": (),
    "Headers": (),
    "Requests sent ahead of their answers": (f"{GATEWAY}/edge/connection.py:_MAX_PIPELINED",),
    "Bytes of all requests, bodies and fetched media, shared": (
        f"{GATEWAY}/byte_budget.py:SMALL_BYTES",
        f"{GATEWAY}/byte_budget.py:_PART_OF_SMALL",
    ),
    "Slowest body": (f"{GATEWAY}/edge/requests.py:_PACE_S",),
    "Time for the rest of a refused body": (),
    "Signs of JSON in a body": (f"{_JSON}:_MAX_BY_BYTE",),
    "Nesting of a body": (),
    "Strings with characters beyond ASCII": (f"{_JSON}:_MAX_WIDE_BYTES",),
    "Entries of a field, and of all contents and tool calls together": (f"{_JSON}:_MAX_ENTRIES",),
    "Integers": (),
    "Text and media of one request": (f"{GATEWAY}/chat/handler.py:_MARGIN_BYTES",),
    "Text that an error repeats": (
        f"{GATEWAY}/errors.py:MAX_REPEATED",
        f"{GATEWAY}/errors.py:_MAX_MESSAGE",
    ),
    "Time for `/v1/models` and `/v1/metadata`": (f"{GATEWAY}/operations/models.py:_TIMEOUT_S",),
    "Time for the server's part of `/metrics`": (
        f"{GATEWAY}/operations/probes.py:_SCRAPE_TIMEOUT_S",
    ),
    "Time for the server's health": (f"{GATEWAY}/backend.py:_CHECK_TIMEOUT_S",),
    "Time for a handshake": (f"{_TRANSPORT}:_HANDSHAKE_TIMEOUT_MS",),
    "Time without a call on a connection": (f"{_TRANSPORT}:_MAX_CONNECTION_IDLE_MS",),
    "Time between a client's pings": (f"{_TRANSPORT}:_MIN_PING_INTERVAL_MS",),
    "Time for a client to answer a ping, sent after 60 s of silence": (),
    "Metadata of a call": (),
    "Calls of one connection": (f"{_TRANSPORT}:_STREAMS_TO_REFUSE",),
    "Calls about model, load, metrics, health and schema": (
        f"{SERVER}/rpc/admission/operations.py:MAX_OF_ONE",
    ),
    "Calls of reflection, shared": (f"{SERVER}/rpc/admission/interceptor.py:_MAX_REFLECTIONS",),
    "Requests that arrive at once, shared": (
        f"{SERVER}/rpc/admission/request_reader.py:_MAX_READERS",
    ),
    "Fields of a message, those of its parts included": (
        f"{SERVER}/rpc/admission/request_reader.py:_MAX_FIELDS",
    ),
    "Bytes of an answer that is not streamed": (f"{SERVER}/rpc/inference.py:_ENVELOPE_BYTES",),
    "Time in which a caller reads nothing of a stream": (
        f"{SERVER}/rpc/admission/interceptor.py:_READ_TIMEOUT_S",
    ),
    "Bytes of text of messages and tools": (f"{_MODEL}:_MAX_TEXT_BYTES",),
    "Bytes of text that waits to become prompts, shared": (
        f"{SERVER}/preparation/prompt_queue.py:_MAX_SHORT",
    ),
    "Texts that become prompts at once": (
        f"{SERVER}/preparation/prompt_queue.py:_MAX_SHORT",
        f"{SERVER}/preparation/prompt_queue.py:_NUM_THREADS",
    ),
    "Name of a tool": (),
    "Nesting of a tool's parameters": (f"{SERVER}/prompt/tool_schema.py:_MAX_DEPTH",),
    "A stop string": (f"{_MODEL}:_MAX_STOP_STRING_BYTES",),
    "`cache_salt`": (f"{SERVER}/rpc/validation/validator.py:_MAX_SALT_BYTES",),
    "Key of an item": (f"{SERVER}/rpc/items.py:_MAX_KEY_BYTES",),
    "Text of a caller that an error repeats": (f"{SERVER}/errors.py:_MAX_QUOTED",),
    "Messages": (f"{_MODEL}:_MAX_MESSAGES",),
    "Parts and tool calls of all messages": (f"{_MODEL}:_MAX_PARTS",),
    "Tools": (f"{_MODEL}:_MAX_TOOLS",),
    "Stop strings": (f"{_MODEL}:_MAX_STOP_STRINGS",),
    "Stop token ids": (f"{_MODEL}:_MAX_STOP_TOKEN_IDS",),
    "Entries of `logit_bias`": (
        f"{_MODEL}:_MAX_LOGIT_BIAS",
        f"{SERVER}/rpc/validation/sampling.py:_MAX_LOGIT_BIAS_VALUE",
    ),
    "Choices": (f"{_MODEL}:_MAX_CHOICES",),
    "`top_logprobs`": (f"{_MODEL}:_MAX_TOP_LOGPROBS",),
    "Pixels of an image's side": (f"{SERVER}/media/formats/size_limit.py:_MAX_SIDE",),
    "Tiles that `max_tiles` asks for": (f"{SERVER}/rpc/validation/media.py:_MAX_TILES",),
    "Time of a thread for an image": (f"{SERVER}/media/work.py:_MAX_CPU_S",),
    "Scans of a JPEG": (f"{_JPEG}:_MAX_SCANS",),
    "Segments of a JPEG": (f"{_JPEG}:_MAX_SEGMENTS",),
    "Chunks of a PNG": (f"{_PNG}:_MAX_CHUNKS", f"{_PNG}:_MIN_MEAN_BYTES"),
    "Blocks of a GIF's extensions or image": (f"{_GIF}:_MAX_BLOCKS", f"{_GIF}:_MIN_MEAN_BYTES"),
    "Pixels that a byte may hold": (
        f"{_JPEG}:_MAX_PIXELS_PER_BYTE",
        f"{_GIF}:_MAX_PIXELS_PER_BYTE",
        f"{_PNG}:_MAX_EXPANSION",
    ),
    "EXIF that is read for the orientation": (f"{SERVER}/media/formats/exif.py:_MAX_EXIF",),
    "Chunks of a PNG's metadata that are read": (
        f"{_PNG}:_MAX_METADATA_CHUNKS",
        f"{_PNG}:_MAX_METADATA_BYTES",
    ),
    "Pixels of a frame of a file": (f"{_VIDEO}:_MAX_FRAME_PIXELS",),
    "Pixels of all sampled frames of a file": (f"{SERVER}/media/video_answer.py:MAX_PIXELS",),
    "Time that a frame lasts; time of a frame": (
        f"{SERVER}/rpc/validation/frames.py:_MOST_SECONDS",
    ),
    "Memory of the process that decodes a video": (f"{_VIDEO}:_MAX_MEMORY_BYTES",),
    "CPU time of this process": (f"{_VIDEO}:_MAX_CPU_S",),
    "Time of this process": (f"{_VIDEO}:_MAX_WALL_S",),
    "Type and options of a data URL": (f"{GATEWAY}/media/data_url.py:_MAX_HEAD",),
    "Percent escapes of letters and digits in a data URL": (
        f"{GATEWAY}/media/data_url.py:_MAX_OTHER_ESCAPES",
    ),
    "An http(s) URL": (f"{GATEWAY}/media/policy.py:_MAX_URL",),
    "Fetches of one request at once": (f"{GATEWAY}/media/allowance.py:_MAX_FETCHES_OF_ONE",),
    "Fetches at once, shared": (
        f"{GATEWAY}/media/turns.py:MAX_FETCHES",
        f"{GATEWAY}/media/turns.py:_HOST_SHARE",
    ),
    "Tokens with log probabilities in a chunk over HTTP": (
        f"{GATEWAY}/chat/response.py:_TOKENS_PER_PART",
    ),
    "Characters of log lines that wait for stderr": (
        "serving/log_writer.py:_MAX_WAITING_CHARACTERS",
    ),
    "Time for waiting lines at the end": ("serving/log_writer.py:_FLUSH_TIMEOUT_S",),
    "Errors that a video's process tells the log": (f"{SERVER}/media/video.py:_MAX_LOGGED_BYTES",),
    "Open files": ("serving/descriptors.py:_MOST",),
    "Time for running calls after SIGTERM": (f"{_TRANSPORT}:_CUT_OFF_GRACE_S",),
    "Time for other answers of the gateway after that": (f"{GATEWAY}/app.py:_CLOSE_TIMEOUT_S",),
    "Time for calls to end after the engine has failed": (
        f"{SERVER}/lifecycle.py:_FAILURE_GRACE_S",
    ),
    "Failed checks of the server's own port in a row": (
        f"{SERVER}/rpc/self_check.py:_NUM_FAILURES",
        f"{SERVER}/rpc/self_check.py:_TIMEOUT_S",
    ),
    "Starts of a process again in 600 s": (f"{_RESTARTS}:WINDOW_S",),
    "Pause before a start": (f"{_RESTARTS}:_FIRST_DELAY_S", f"{_RESTARTS}:_MAX_DELAY_S"),
    "Time for a port to become free before a start": (f"{_SUPERVISOR}:_BLOCKED_TIMEOUT_S",),
    "Time for a process to stop": (f"{_SUPERVISOR}:_STOP_TIMEOUT_S",),
}

# They bound a step of the work, and nothing that a caller sends or waits for.
INNER = {
    f"{SERVER}/media/formats/file_kind.py:_MAX_PROLOG_BYTES",
    f"{_PNG}:_MAX_KEY_BYTES",
    f"{SERVER}/media/timeline.py:_MAX_SHIFT_S",
    f"{SERVER}/media/video_reader.py:_MAX_PIXEL_ASPECT",
    f"{SERVER}/rpc/validation/frames.py:_LEAST_FPS",
    f"{SERVER}/rpc/validation/sampling.py:_MAX_INT32",
    f"{SERVER}/service.py:_MAX_TOKENS_AT_ONCE",
    f"{GATEWAY}/chat/response.py:_MIN_LOGPROB",
    f"{GATEWAY}/edge/cors.py:_MAX_AGE_S",
    f"{_JSON}:_MAX_HOPS",
    f"{CLI}/readiness.py:_POLL_TIMEOUT_S",
}
