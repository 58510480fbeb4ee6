"""Work that goes on without anybody watching: the queue, what is on it, when it is due, and the embedded Redis."""
