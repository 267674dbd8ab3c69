"""A Merkle tree hash of leaves given one by one, in memory that grows as the logarithm of their number. Source: RFC 6962 §2.1."""

import hashlib


class MerkleTree:
    """Leaves are added in order; the root may be asked at any time."""

    def __init__(self) -> None:
        self._peaks: list[tuple[int, bytes]] = []  # (leaves under it, hash) of perfect subtrees, the largest first
        self.leaves = 0

    def add(self, leaf: bytes) -> None:
        """Add one leaf."""
        size, node = 1, hashlib.sha256(b"\x00" + leaf).digest()
        while self._peaks and self._peaks[-1][0] == size:
            _, left = self._peaks.pop()
            size, node = size * 2, _joined(left, node)
        self._peaks.append((size, node))
        self.leaves += 1

    def root(self) -> bytes:
        """32 bytes; of no leaf, SHA-256 of nothing."""
        if not self._peaks:
            return hashlib.sha256(b"").digest()
        *lefts, (_, node) = self._peaks
        for _, left in reversed(lefts):
            node = _joined(left, node)
        return node


def _joined(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
