"""From words to understanding: episodes in; claims, and the dated facts that follow from them, out."""
