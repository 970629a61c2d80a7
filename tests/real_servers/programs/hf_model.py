"""Writes the tiny model for transformers and vLLM: ``python hf_model.py FOLDER``."""

from __future__ import annotations

import sys

import torch
from script import BOS, EOS, MARKS, SCRIPTS, TEMPLATE, UNKNOWN, logits, vocabulary
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

WIDTH = 512
"""One for every token, so that each has a direction of its own."""
HEADS = 4
CONTEXT = 8192

RESPONSE = {
    "defaults": {"role": "assistant"},
    "start_anchor": list(SCRIPTS),
    "fields": {
        "reasoning_content": {"open": "<think>", "close": "</think>", "content": "text"},
        "tool_calls": {
            "open_pattern": r"\s*<tool_call>",
            "close": "</tool_call>",
            "repeats": True,
            "content": "json",
            "transform": {"type": "function", "function": "{content}"},
        },
        "content": {"close": [EOS], "content": "text"},
    },
}
"""How transformers finds thoughts and calls in what was said."""


def write(folder: str) -> None:
    """A llama of one layer that adds nothing: the last token alone decides."""
    tokens = vocabulary()
    _tokenizer(tokens).save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(tokens),
        hidden_size=WIDTH,
        intermediate_size=WIDTH,
        num_hidden_layers=1,
        num_attention_heads=HEADS,
        max_position_embeddings=CONTEXT,
        bos_token_id=tokens.index(BOS),
        eos_token_id=tokens.index(EOS),
        tie_word_embeddings=False,
        dtype="float32",
    )
    model = LlamaForCausalLM(config)
    likely = torch.zeros(len(tokens), WIDTH)
    for token, last, much in logits():
        likely[token, slice(None) if last < 0 else last] = much
    with torch.no_grad():
        for parameter in model.model.layers.parameters():
            parameter.zero_()
        model.model.embed_tokens.weight.copy_(torch.eye(len(tokens), WIDTH))
        # The norm makes a vector of one direction as long as the root of the width.
        model.lm_head.weight.copy_(likely / WIDTH**0.5)
    model.save_pretrained(folder)


def _tokenizer(tokens: list[str]) -> PreTrainedTokenizerFast:
    numbers = {token.replace(" ", "▁"): number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(numbers, [], unk_token=UNKNOWN, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    special = [AddedToken(mark, special=True, normalized=False) for mark in (BOS, EOS, *MARKS)]
    tokenizer.add_special_tokens(special)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BOS,
        eos_token=EOS,
        unk_token=UNKNOWN,
        chat_template=TEMPLATE,
        response_template=RESPONSE,
        clean_up_tokenization_spaces=False,
        model_max_length=CONTEXT,
    )


if __name__ == "__main__":
    write(sys.argv[1])
