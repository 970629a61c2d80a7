"""Services of which nothing is known that differs from the common form.

Sources: LiteLLM's table of providers of OpenAI's form, any-llm's registry, and the servers' own
documentation. What of them is not known there is left to the common form.
"""

from __future__ import annotations

from typing import Final

from chimeric_catalog.entry import Entry

__all__ = ["PLAIN"]


def _service(name: str, title: str, url: str, key: str, *aliases: str, sample: str = "") -> Entry:
    return Entry(
        name=name,
        title=title,
        base_url=url,
        keys=(key,),
        aliases=aliases,
        sample=sample or "openai/gpt-oss-120b",
        params=("top_k",),
    )


def _local(name: str, title: str, url: str, *keys: str) -> Entry:
    return Entry(
        name=name,
        title=title,
        base_url=url,
        keys=keys,
        key_required=False,
        local=True,
        sample="qwen3",
    )


PLAIN: Final = (
    _service(
        *("tencent", "Tencent", "https://tokenhub-intl.tencentcloudmaas.com/v1", "TENCENT_API_KEY"),
        sample="hy4",
    ),
    _service(
        *("modelscope", "ModelScope", "https://api-inference.modelscope.cn/v1"),
        "MODELSCOPE_API_KEY",
        sample="Qwen/Qwen3-8B",
    ),
    _service("lambda", "Lambda", "https://api.lambda.ai/v1", "LAMBDA_API_KEY", "lambda_ai"),
    _service("parasail", "Parasail", "https://api.parasail.io/v1", "PARASAIL_API_KEY"),
    _service("chutes", "Chutes", "https://llm.chutes.ai/v1", "CHUTES_API_KEY"),
    _service("nanogpt", "NanoGPT", "https://nano-gpt.com/api/v1", "NANOGPT_API_KEY", "nano-gpt"),
    _service("synthetic", "Synthetic", "https://api.synthetic.new/openai/v1", "SYNTHETIC_API_KEY"),
    _service("helicone", "Helicone", "https://ai-gateway.helicone.ai", "HELICONE_API_KEY"),
    _service("publicai", "PublicAI", "https://api.publicai.co/v1", "PUBLICAI_API_KEY"),
    _service("sarvam", "Sarvam", "https://api.sarvam.ai/v1", "SARVAM_API_KEY"),
    _service(
        *("xiaomi", "Xiaomi MiMo", "https://api.xiaomimimo.com/v1", "XIAOMI_MIMO_API_KEY"),
        *("mimo", "xiaomi_mimo"),
    ),
    _service("aihubmix", "AIHubMix", "https://aihubmix.com/v1", "AIHUBMIX_API_KEY"),
    _service("reka", "Reka", "https://api.reka.ai/v1", "REKA_API_KEY", "reka_ai"),
    _service("cortecs", "Cortecs", "https://api.cortecs.ai/v1", "CORTECS_API_KEY"),
    _service("requesty", "Requesty", "https://router.requesty.ai/v1", "REQUESTY_API_KEY"),
    _service("telnyx", "Telnyx", "https://api.telnyx.com/v2/ai", "TELNYX_API_KEY"),
    _service("qiniu", "Qiniu", "https://api.qnaigc.com/v1", "QINIU_API_KEY"),
    _service("atlascloud", "Atlas Cloud", "https://api.atlascloud.ai/v1", "ATLASCLOUD_API_KEY"),
    _service(
        *("llama", "Llama API", "https://api.llama.com/compat/v1", "LLAMA_API_KEY", "meta_llama"),
        sample="Llama-4-Maverick-17B-128E-Instruct-FP8",
    ),
    _local(
        *("dockermodels", "Docker Model Runner", "http://localhost:22088/engines/llama.cpp/v1"),
        "DOCKER_MODEL_RUNNER_API_KEY",
    ),
    _local("lemonade", "Lemonade", "http://localhost:8000/api/v1", "LEMONADE_API_KEY"),
    _local("xinference", "Xinference", "http://localhost:9997/v1", "XINFERENCE_API_KEY"),
)
"""By the order of the docs."""
