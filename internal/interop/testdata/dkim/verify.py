"""Verifies the signatures of a mail with dkimpy.

The mail comes from standard input; the arguments are the names and texts of DNS records, in turns. Prints
one line for each signature: "good" or "bad".
"""
import sys

import dkim

RECORDS = {name.encode(): text.encode() for name, text in zip(sys.argv[1::2], sys.argv[2::2])}


def lookup(name, timeout=5):
    return RECORDS.get(name.rstrip(b"."))


mail = sys.stdin.buffer.read()
signatures = sum(1 for name, _ in dkim.DKIM(mail).headers if name.lower() == b"dkim-signature")
for i in range(signatures):
    print("good" if dkim.DKIM(mail).verify(idx=i, dnsfunc=lookup) else "bad")
