"""The local cloud of `dlp`: MiniStack with the seams that a data lake needs. See ../README.md."""

VERSION = "0.1.0"
