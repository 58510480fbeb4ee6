"""The outside systems again, stateful and strict, for rehearsal and tests."""
