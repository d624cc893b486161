"""A generation that has every field that this server honors, and is answered."""

from google.protobuf import text_format
from nemotron_vl.v1.inference_pb2 import Generation

from tests.e2e.support.images import image_file

_TEXT = """
model: "default"
messages { role: ROLE_SYSTEM parts { text: "Be brief." } }
messages {
  role: ROLE_USER
  parts { text: "Look." }
  parts { image { mime_type: "image/png" max_tiles: 1 } }
  parts {
    video {
      mime_type: "video/mp4" fps: 1 pruning_rate: 0.5
      frames { frames { time { seconds: 1 } } frames { time { seconds: 2 nanos: 1 } } }
    }
  }
}
messages {
  role: ROLE_ASSISTANT parts { text: "a" }
  tool_calls { id: "1" name: "f" arguments: "{}" }
}
messages { role: ROLE_TOOL tool_call_id: "1" parts { text: "b" } }
sampling {
  max_tokens: 2 min_tokens: 1 temperature: 1 top_p: 1 top_k: 1 min_p: 0.5 seed: 1
  frequency_penalty: 0 presence_penalty: 0 repetition_penalty: 1 stop: "xyz" stop_token_ids: 1
  ignore_eos: false include_stop: false logit_bias { key: 5 value: 1 } top_logprobs: 1
}
tools { name: "f" description: "a" parameters_json_schema: "{}" }
tool_choice { mode: TOOL_CHOICE_MODE_AUTO function_name: "f" }
thinking: false
num_choices: 1
parallel_tool_calls: true
cache_salt: "a"
"""


def good_generation() -> Generation:
    generation = text_format.Parse(_TEXT, Generation())
    png = image_file(1, (8, 8))
    parts = generation.messages[1].parts
    parts[1].image.data = png
    for frame in parts[2].video.frames.frames:
        frame.data = png
    return generation
