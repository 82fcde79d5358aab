"""Compressed answers of the HTTP server: the normal answer after `spaces` spaces, which JSON allows."""

import functools
import struct
import zlib

from http_faults import transform


def compressed(encoding, bomb_bytes=0):
    """The normal answer, compressed: gzip, deflate, br or zstd; valid, and after that many bytes of spaces, which take next to no room. It is
    sent whether the client asked for it or not."""
    pack = {"gzip": gzip_pack, "deflate": deflate_pack, "br": br_pack, "zstd": zstd_pack}[encoding]

    def function(status, headers, body):
        return status, [*headers, ("Content-Encoding", encoding)], pack(bomb_bytes, body)

    return transform(function)


BLOCK = b" " * (1 << 20)


@functools.lru_cache(4)
def spaces_checksum(checksum, start, spaces):
    for _ in range(spaces // len(BLOCK)):
        start = checksum(BLOCK, start)
    return checksum(BLOCK[: spaces % len(BLOCK)], start)


def raw_deflate(spaces, body):
    """A full flush ends on a whole byte and forgets what was, so one block can be sent again and again."""
    block = zlib.compressobj(9, zlib.DEFLATED, -15)
    repeated = block.compress(BLOCK) + block.flush(zlib.Z_FULL_FLUSH)
    rest = zlib.compressobj(9, zlib.DEFLATED, -15)
    end = rest.compress(BLOCK[: spaces % len(BLOCK)] + body) + rest.flush()
    return repeated * (spaces // len(BLOCK)) + end


def gzip_pack(spaces, body):
    checksum = zlib.crc32(body, spaces_checksum(zlib.crc32, 0, spaces))
    trailer = struct.pack("<II", checksum, (spaces + len(body)) % (1 << 32))
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + raw_deflate(spaces, body) + trailer


def deflate_pack(spaces, body):
    checksum = zlib.adler32(body, spaces_checksum(zlib.adler32, 1, spaces))
    return b"\x78\xda" + raw_deflate(spaces, body) + struct.pack(">I", checksum)


def zstd_pack(spaces, body):
    """RFC 8878: blocks of one repeated byte and blocks as they are, in a window of 128 kB."""
    most = 1 << 17

    def block(kind, size, data, last=0):
        return (last | kind << 1 | size << 3).to_bytes(3, "little") + data

    repeated = block(1, most, b" ") * (spaces // most) + (block(1, spaces % most, b" ") if spaces % most else b"")
    parts = b"".join(block(0, len(part), part) for part in (body[start : start + most] for start in range(0, len(body), most)))
    return b"\x28\xb5\x2f\xfd\x00\x38" + repeated + parts + block(0, 0, b"", last=1)


def br_pack(spaces, body):
    """RFC 7932: meta-blocks whose only literal is a space, which then takes no bits, and meta-blocks as they are."""
    bits, count = 0, 0

    def put(*fields):
        nonlocal bits, count
        for width, value in fields:
            bits |= value << count
            count += width

    def length(size):
        nibbles = 4 if size <= 1 << 16 else 5 if size <= 1 << 20 else 6
        return (2, nibbles - 4), (nibbles * 4, size - 1)

    def plain(data):
        put((1, 0), *length(len(data)), (1, 1), (-count % 8, 0))
        return data

    # A window of 64 kB.
    put((1, 0))
    most, shortest = 1 << 24, 22594
    while spaces >= shortest:
        size = min(spaces, most)
        put((1, 0), *length(size), (1, 0))
        # One block type, no postfix, one context mode, one tree of each kind; each tree has one symbol: the space, the longest insert, a 0.
        put((3, 0), (6, 0), (2, 0), (2, 0), (2, 1), (2, 0), (8, 0x20), (2, 1), (2, 0), (10, 703), (2, 1), (2, 0), (6, 0))
        put((24, size - shortest), (24, 0))
        spaces -= size
    rest, done = b" " * spaces + body, b""
    for start in range(0, len(rest), 1 << 16):
        part = rest[start : start + (1 << 16)]
        put((1, 0), *length(len(part)), (1, 1))
        done += bits.to_bytes(-(-count // 8), "little") + part
        bits, count = 0, 0
    put((2, 3))
    return done + bits.to_bytes(-(-count // 8), "little")
