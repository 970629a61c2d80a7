"""Names of the protocol's own parameters, for ``Provider(params=...)``."""

from __future__ import annotations

__all__ = ["PARAMS", "SERVER_PARAMS"]

PARAMS = (
    *("audio", "frequency_penalty", "function_call", "functions", "logit_bias"),
    *("max_completion_tokens", "metadata", "modalities", "moderation", "n", "prediction"),
    *("presence_penalty", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention"),
    *("safety_identifier", "service_tier", "store", "stream_options", "top_logprobs", "user"),
    *("verbosity", "web_search_options"),
)
"""What OpenAI's chat completions take beside the unified parameters."""

SERVER_PARAMS = (
    *("add_generation_prompt", "allowed_token_ids", "bad_words", "best_of", "cache_prompt"),
    *("chat_template", "chat_template_kwargs", "continue_final_message", "documents"),
    *("dry_allowed_length", "dry_base", "dry_multiplier", "dynatemp_range", "echo", "eos_token_id"),
    *("grammar", "guided_choice", "guided_grammar", "guided_json", "guided_regex", "ignore_eos"),
    *("include_reasoning", "include_stop_str_in_output", "json_schema", "kv_transfer_params"),
    *("length_penalty", "lora", "max_new_tokens", "min_keep", "min_p", "min_tokens", "mirostat"),
    *("mirostat_eta", "mirostat_tau", "mm_processor_kwargs", "models", "n_predict", "n_probs"),
    *("priority", "prompt_logprobs", "random_seed", "reasoning", "reasoning_format", "regex"),
    *("repeat_last_n", "repeat_penalty", "repetition_penalty", "request_id", "return_token_ids"),
    *("samplers", "separate_reasoning", "skip_special_tokens", "spaces_between_special_tokens"),
    *("stop_token_ids", "structured_outputs", "tfs_z", "thinking", "top_a", "top_k"),
    *("top_n_sigma", "transforms", "truncate_prompt_tokens", "typical_p", "use_beam_search"),
    *("xtc_probability", "xtc_threshold"),
)
"""What servers of this protocol take besides: vLLM, SGLang, llama.cpp, gateways."""
