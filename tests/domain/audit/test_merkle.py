"""The tree of RFC 6962: its published reference leaves, and its definition written the other way round."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.audit.merkle import MerkleTree

LEAVES = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
# Source: google/certificate-transparency, reference Merkle tree of the test suite (roots of the first n leaves).
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def tree_of(leaves: list[bytes]) -> MerkleTree:
    tree = MerkleTree()
    for leaf in leaves:
        tree.add(leaf)
    return tree


@pytest.mark.parametrize("count", range(1, 9))
def test_the_reference_roots(count: int) -> None:
    tree = tree_of(LEAVES[:count])
    assert tree.root().hex() == ROOTS[count - 1]
    assert tree.leaves == count


def test_a_tree_of_nothing() -> None:
    assert MerkleTree().root() == hashlib.sha256(b"").digest()


def as_defined(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + as_defined(leaves[:split]) + as_defined(leaves[split:])).digest()


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70))
def test_the_definition(leaves: list[bytes]) -> None:
    assert tree_of(leaves).root() == as_defined(leaves)
