"""Benchmarks of the server beside a bare one, on one machine in one run. The method: README.md."""
