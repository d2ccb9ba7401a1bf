"""Asks libpq how it reads settings: one in hexadecimal a line on standard input, one JSON document a line out.

The first line out is libpq's version. Used by the differential test of src/conninfo; only the standard library is used.
"""

import ctypes
import json
import sys


class Option(ctypes.Structure):
    """PQconninfoOption of libpq-fe.h."""

    _fields_ = [
        ("keyword", ctypes.c_char_p),
        ("envvar", ctypes.c_char_p),
        ("compiled", ctypes.c_char_p),
        ("val", ctypes.c_char_p),
        ("label", ctypes.c_char_p),
        ("dispchar", ctypes.c_char_p),
        ("dispsize", ctypes.c_int),
    ]


def main():
    libpq = ctypes.CDLL("libpq.so.5")
    libpq.PQconninfoParse.restype = ctypes.POINTER(Option)
    libpq.PQconninfoParse.argtypes = [ctypes.c_char_p, ctypes.POINTER(ctypes.c_void_p)]
    libpq.PQconninfoFree.argtypes = [ctypes.POINTER(Option)]
    libpq.PQfreemem.argtypes = [ctypes.c_void_p]
    print(libpq.PQlibVersion())
    for line in sys.stdin:
        message = ctypes.c_void_p()
        options = libpq.PQconninfoParse(bytes.fromhex(line.strip()), ctypes.byref(message))
        if not options:
            text = ctypes.cast(message, ctypes.c_char_p).value or b""
            print(json.dumps({"error": text.rstrip(b"\n").hex()}))
            libpq.PQfreemem(message)
            continue
        values = {}
        index = 0
        while options[index].keyword:
            if options[index].val is not None:
                values[options[index].keyword.decode()] = options[index].val.hex()
            index += 1
        libpq.PQconninfoFree(options)
        print(json.dumps({"values": values}))


main()
