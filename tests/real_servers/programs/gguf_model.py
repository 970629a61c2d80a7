"""Writes the tiny model for llama.cpp: ``python gguf_model.py FILE``."""

from __future__ import annotations

import sys

import gguf
import numpy as np
from script import BOS, EOS, MARKS, TEMPLATE, UNKNOWN, logits, vocabulary

WIDTH = 512
"""One for every token, so that each has a direction of its own."""
LAYERS, HEADS = 1, 4
CONTEXT = 131072


def write(path: str) -> None:
    """A llama of one layer that adds nothing: the last token alone decides."""
    tokens = vocabulary()
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(WIDTH)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([token.replace(" ", "▁").encode() for token in tokens])
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types([_kind(token) for token in tokens])
    writer.add_bos_token_id(tokens.index(BOS))
    writer.add_eos_token_id(tokens.index(EOS))
    writer.add_unk_token_id(tokens.index(UNKNOWN))
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)
    for name, weights in _tensors(len(tokens)).items():
        writer.add_tensor(f"{name}.weight", weights.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _kind(token: str) -> gguf.TokenType:
    if token == UNKNOWN:
        return gguf.TokenType.UNKNOWN
    if token in (BOS, EOS, *MARKS):
        return gguf.TokenType.CONTROL
    return gguf.TokenType.BYTE if token.startswith("<0x") else gguf.TokenType.NORMAL


def _tensors(count: int) -> dict[str, np.ndarray]:
    likely = np.zeros((count, WIDTH))
    for token, last, much in logits():
        likely[token, slice(None) if last < 0 else last] = much
    square = np.zeros((WIDTH, WIDTH))
    blocks = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
    ones = np.ones(WIDTH)
    return {
        "token_embd": np.eye(count, WIDTH),
        "output_norm": ones,
        # The norm makes a vector of one direction as long as the root of the width.
        "output": likely / np.sqrt(WIDTH),
        "blk.0.attn_norm": ones,
        "blk.0.ffn_norm": ones,
        **{f"blk.0.{block}": square for block in blocks},
    }


if __name__ == "__main__":
    write(sys.argv[1])
