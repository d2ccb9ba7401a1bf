//! Filled by runtimes.py with what `supascope env --code` wrote: one folder an endpoint.
