"""An SMTP server on loopback that tells what Python's email library reads in each mail.

Its first line of output is its port; then one JSON object for each mail taken. Recipients whose
address begins with "gone", "full" or "later" are refused as real hosts do. With a certificate and a
key as arguments it requires STARTTLS, and the login of a third and fourth argument.
"""
import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

ANSWERS = {
    "gone": "550 5.1.1 No such mailbox",
    "full": "552 5.2.2 Mailbox full",
    "later": "451 4.7.1 Greylisted, try again",
}


class Reader:
    async def handle_RCPT(self, server, session, envelope, address, options):
        for start, answer in ANSWERS.items():
            if address.startswith(start):
                return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        raw = envelope.original_content
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        print(json.dumps(read(session, envelope, mail)), flush=True)
        return "250 OK"


def read(session, envelope, mail):
    leaves = [part for part in mail.walk() if not part.is_multipart()]
    return {
        "mail_from": envelope.mail_from,
        "recipients": envelope.rcpt_tos,
        "tls": session.ssl is not None,
        "authenticated": session.authenticated,
        "subject": mail["Subject"],
        "headers": {name: str(mail[name]) for name in mail.keys()},
        "type": mail.get_content_type(),
        "parts": [{"type": p.get_content_type(), "text": p.get_content()} for p in leaves],
        "defects": [str(d) for p in mail.walk() for d in p.defects]
        + [f"{n}: {d}" for n, v in mail.items() for d in getattr(v, "defects", ())],
        "longest_line": max(len(line) for line in envelope.original_content.split(b"\r\n")),
    }


def authenticator(user, password):
    def check(server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and data == LoginPassword(user.encode(), password.encode())
        return AuthResult(success=good, handled=False)

    return check


async def main(cert=None, key=None, user="", password=""):
    options = {}
    if cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        options = {
            "tls_context": context,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": authenticator(user, password),
        }
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Reader(), hostname="mx.example.net", loop=loop, **options), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
