"""Sweeps: a stream gone through as a whole, in slices, beside its watermark.

`backfill` brings what is older than the stream began with, `dry_run` shows what would be written, `reconciliation`
compares both sides; `repair` mends what that has found. `asking` is what people do with them, `course` what all share.
"""
