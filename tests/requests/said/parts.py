"""Kinds of parts of a message."""

from __future__ import annotations

from typing import Final

from chimeric import AudioPart, FilePart, ImagePart

from .checks import has_cache_point
from .kind import Kind
from .samples import JPEG, MARK, PDF, PNG, TEXT, VIDEO, WAV, shown

__all__ = ["PARTS"]

PARTS: Final = {
    "cache point": Kind(
        words="a cache point (`cache_control`) at a text",
        messages=[
            {
                "role": "user",
                "content": [{"type": "text", "text": "Long.", "cache_control": MARK}],
            }
        ],
        sent=lambda sent: "cache_control" in sent.keys,
        meant=has_cache_point,
    ),
    "prompt_cache": Kind(
        words="`prompt_cache=True`",
        params={"prompt_cache": True},
        sent=has_cache_point,
    ),
    "key of a part": Kind(
        words="an unknown key of a part",
        messages=[
            {"role": "user", "content": [{"type": "text", "text": "Long.", "priority": 777}]}
        ],
        leaves=(777,),
    ),
    "picture": Kind(
        words="an image by value",
        messages=shown(ImagePart(data=PNG, media_type="image/png")),
        leaves=(PNG,),
    ),
    "picture by url": Kind(
        words="an image by URL",
        messages=shown(ImagePart(url="https://example.org/cat.png")),
        leaves=("https://example.org/cat.png",),
    ),
    "picture jpg": Kind(
        words="an image whose type is spelt `image/JPG`",
        messages=shown(ImagePart(data=JPEG, media_type="image/JPG")),
        sent=lambda sent: "image/JPG" in sent.text,
        meant=lambda sent: sent.has(JPEG),
    ),
    "picture untyped": Kind(
        words="an image without a type",
        messages=shown(ImagePart(data=PNG)),
        leaves=(PNG,),
    ),
    "picture mislabelled": Kind(
        words="a JPEG that is called `image/png`",
        messages=shown(ImagePart(data=JPEG, media_type="image/png")),
        sent=lambda sent: sent.has(JPEG) and "jpeg" not in sent.text,
        meant=lambda sent: sent.has(JPEG),
    ),
    "picture that is none": Kind(
        words="text that is called `image/png`",
        messages=shown(ImagePart(data="Tm8gcGljdHVyZSBhdCBhbGw=", media_type="image/png")),
        leaves=("Tm8gcGljdHVyZSBhdCBhbGw=",),
    ),
    "picture detail": Kind(
        words="`detail` of an image",
        messages=shown(ImagePart(data=PNG, media_type="image/png", detail="high")),
        sent=lambda sent: "high" in sent.leaves,
    ),
    "picture by id": Kind(
        words="an image by file id",
        messages=shown(ImagePart(file_id="file-77")),
        leaves=("file-77",),
    ),
    "picture tiff": Kind(
        words="an image as `image/tiff`",
        messages=shown(ImagePart(data="SUkqAAgAAAA=", media_type="image/tiff")),
        leaves=("SUkqAAgAAAA=",),
    ),
    "sound": Kind(
        words="audio by value (`audio/wav`)",
        messages=shown(AudioPart(data=WAV, media_type="audio/wav")),
        leaves=(WAV,),
    ),
    "pdf": Kind(
        words="a PDF by value",
        messages=shown(FilePart(data=PDF, media_type="application/pdf")),
        leaves=(PDF,),
    ),
    "pdf by url": Kind(
        words="a PDF by URL",
        messages=shown(FilePart(url="https://example.org/a.pdf", media_type="application/pdf")),
        leaves=("https://example.org/a.pdf",),
    ),
    "text file": Kind(
        words="a text file by value",
        messages=shown(FilePart(data=TEXT, media_type="text/plain")),
        leaves=(TEXT,),
        meant=lambda sent: sent.has("plain text"),
    ),
    "file name": Kind(
        words="the name of a file",
        messages=shown(FilePart(data=PDF, media_type="application/pdf", filename="report-7.pdf")),
        leaves=("report-7",),
    ),
    "video": Kind(
        words="a video by value",
        messages=shown(FilePart(data=VIDEO, media_type="video/mp4")),
        leaves=(VIDEO,),
    ),
}
