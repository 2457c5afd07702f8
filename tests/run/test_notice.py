"""Who is told when a run is done, against servers of SMTP and HTTP that really listen on this computer."""

from __future__ import annotations

import email
import json
import shutil
import socket
import sqlite3
import ssl
import subprocess
import threading
from contextlib import closing
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from microlib.bank.lookup import lookup_file
from microlib.cli import main
from microlib.errors import BadConfig
from microlib.home import Home
from microlib.run.notice import Secret, read_bank_file, send_notices

FACTS = {
    "status": "failed",
    "exit_code": 5,
    "as_of": "2026-06-30",
    "made_count": 3,
    "failed_count": 1,
    "failures": [{"report": "0755/2_segment_analysis/zh", "error": "KeyError: 13800138000"}],
    "seconds": 12.5,
}


class Inbox:
    """Takes every mail; whoever logs in must know the password."""

    def __init__(self) -> None:
        self.mails: list[email.message.EmailMessage] = []
        self.logins: list[tuple[bytes, bytes]] = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    def login(self, server, session, envelope, mechanism, data):
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"s3cret")


@pytest.fixture
def inbox():
    """A mail server on a port of its own, in the clear."""
    box = Inbox()
    server = Controller(box, hostname="127.0.0.1", port=0)
    server.port = _free_port()
    server.start()
    box.port = server.port
    yield box
    server.stop()


@pytest.fixture
def hook():
    """A web server that keeps what is posted to it, and refuses or redirects where the path says so."""
    told: list[tuple[str, dict, dict]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):  # noqa: N802 - http.server's name
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told.append((self.path, dict(self.headers), body))
            self.send_response({"/no": 500, "/away": 302}.get(self.path, 204))
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", told
    server.shutdown()
    server.server_close()


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


def bank_file(home: Home, text: str) -> Home:
    """Write ``data/bank.toml``."""
    path = home.root / "data" / "bank.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf8")
    return home


def mail(port: int, more: str = "") -> str:
    """A table [mail] to this computer."""
    own = f'host = "127.0.0.1"\nport = {port}\nsender = "reports@bank.example"\nto = ["head@bank.example"]\n'
    return f"[mail]\n{own}" + ("" if "encryption" in more else 'encryption = "none"\n') + more


def test_a_mail_tells_counts_failures_and_the_link_and_masks_a_number(tmp_path, inbox, capsys):
    home = bank_file(Home(tmp_path), 'pages = "https://reports.bank.example/x/"\n' + mail(inbox.port, 'lang = "en"\n'))
    folder = str(home.reports.resolve() / "2026-06-30")
    assert send_notices(home, {**FACTS, "folder": folder}) == ["mail"]
    (got,) = inbox.mails
    assert got["Subject"] == "microlib with failures: 2026-06-30, 3 reports made, 1 failed"
    assert (got["From"], got["To"], got["Auto-Submitted"]) == (
        "reports@bank.example",
        "head@bank.example",
        "auto-generated",
    )
    text = got.get_content()
    assert "3 made, 1 failed, 0 left as they stood, 0 bundles, 12.5 seconds." in text
    assert "  0755/2_segment_analysis/zh: KeyError: 138******00" in text
    assert "Overview: https://reports.bank.example/x/2026-06-30/index.html" in text
    assert "level=info event=notice way=mail" in capsys.readouterr().err


def test_a_chinese_mail_is_chinese(tmp_path, inbox):
    send_notices(bank_file(Home(tmp_path), mail(inbox.port)), FACTS)
    (got,) = inbox.mails
    assert got["Subject"] == "microlib 有报告失败：2026-06-30，3 份报告完成，1 份失败"
    assert "失败的报告和原因：" in got.get_content()


def test_a_name_of_the_look_up_keeps_every_reason_at_home(home, inbox, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    path = lookup_file(home)
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as kept, kept:
        kept.execute("CREATE TABLE told (key TEXT, name TEXT, source TEXT)")
        kept.execute("INSERT INTO told VALUES ('C1', '客户名称', '王小明')")
    path.chmod(0o600)
    told = {**FACTS, "failures": [{"report": "0755/x/zh", "error": "KeyError: 王小明"}]}
    assert send_notices(bank_file(home, mail(inbox.port)), told) == ["mail"]
    (got,) = inbox.mails
    assert "小明" not in got.as_string() + got.get_content() and "没有写在这里" in got.get_content()


def test_the_webhook_gets_the_summary_with_its_token_and_no_proxy_or_redirection(tmp_path, hook, monkeypatch, capsys):
    address, told = hook
    monkeypatch.setenv("HOOK_TOKEN", "s3cret")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    text = f'[webhook]\nurl = "{address}/hook"\npassword_env = "HOOK_TOKEN"\nwhen = "trouble"\n'
    home = bank_file(Home(tmp_path), text)
    assert send_notices(home, FACTS) == ["webhook"]
    ((path, headers, body),) = told
    assert (path, headers["Authorization"]) == ("/hook", "Bearer s3cret")
    assert (body["status"], body["failures"][0]["error"]) == ("failed", "KeyError: 138******00")
    assert send_notices(home, {**FACTS, "status": "ok"}) == send_notices(home, {"status": "not_due"}) == []
    for path in ("no", "away"):
        assert send_notices(bank_file(home, f'[webhook]\nurl = "{address}/{path}"\n'), FACTS) == []
    assert [each[0] for each in told] == ["/hook", "/no", "/away"]
    assert capsys.readouterr().err.count("event=notice_failed way=webhook") == 2


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """A certificate of this computer, made now, with its key in the same folder."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate and is not installed")
    folder = tmp_path_factory.mktemp("tls")
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    words += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    paths = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(["openssl", *words, *paths], check=True, capture_output=True)
    return folder / "cert.pem"


@pytest.mark.parametrize("encryption", ["tls", "starttls"])
def test_in_cipher_it_logs_in_with_the_password_of_a_closed_file_and_trusts_no_stranger(
    tmp_path, certificate, encryption, capsys
):
    box, context = Inbox(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    how = {"tls": {"ssl_context": context}, "starttls": {"tls_context": context, "require_starttls": True}}[encryption]
    login = {"authenticator": box.login, "auth_required": True, "auth_require_tls": encryption == "starttls"}
    server = Controller(box, hostname="127.0.0.1", port=_free_port(), **how, **login)
    server.start()
    try:
        (tmp_path / "word").write_text("s3cret\n")
        (tmp_path / "word").chmod(0o600)
        own = f'encryption = "{encryption}"\nuser = "reports"\npassword_file = "{tmp_path / "word"}"\n'
        known = bank_file(Home(tmp_path), mail(server.port, f'{own}ca_file = "{certificate}"\n'))
        assert send_notices(known, FACTS) == ["mail"]
        assert box.logins == [(b"reports", b"s3cret")] and len(box.mails) == 1
        assert send_notices(bank_file(known, mail(server.port, own)), FACTS) == []
        assert "CERTIFICATE_VERIFY_FAILED" in capsys.readouterr().err
        (tmp_path / "word").chmod(0o640)
        bank_file(known, mail(server.port, f'{own}ca_file = "{certificate}"\n'))
        assert send_notices(known, FACTS) == [] and len(box.mails) == 1
        assert "others may read the file of the password" in capsys.readouterr().err
    finally:
        server.stop()


def test_a_server_that_is_not_there_or_says_nothing_is_said_within_its_time(tmp_path, capsys):
    assert send_notices(bank_file(Home(tmp_path), mail(_free_port())), FACTS) == []
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        text = mail(deaf.getsockname()[1], "seconds = 0.3\n")
        assert send_notices(bank_file(Home(tmp_path), text), FACTS) == []
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition("event=")[2].partition(" error")[0] for line in lines] == ["notice_failed way=mail"] * 2
    assert "refused" in lines[0] and "timed out" in lines[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (mail(25, 'encryption = "none"\n').replace("127.0.0.1", "smtp.bank.example"), "would go in the clear"),
        (mail(25).replace("head@bank.example", "head"), "'head' is no address"),
        (mail(25).replace("head@bank.example", "a@b\\nBcc: c@d"), "is no address"),
        ('[webhook]\nurl = "http://chat.bank.example/"\n', "an address begins with https://"),
        ('pages = "javascript:alert(1)"\n' + mail(25), "an address begins with https:// or http://"),
        (f"pages = {'[' * 5_000}", "this is not TOML"),
        ("[mial]\n", "mial"),
    ],
)
def test_what_bank_toml_may_not_say_is_told_and_sends_nothing(tmp_path, text, said, capsys):
    assert send_notices(bank_file(Home(tmp_path), text), FACTS) == []
    err = capsys.readouterr().err
    assert "event=notice_failed" in err and said in err


def test_a_password_s_file_that_is_a_device_is_refused_at_once():
    with pytest.raises(BadConfig, match="no file"):
        Secret(password_file="/dev/zero").secret()


def test_a_key_that_is_none_is_refused_with_the_nearest(tmp_path):
    with pytest.raises(BadConfig, match="hots = .*: is not a key here"):
        read_bank_file(bank_file(Home(tmp_path), mail(25).replace("host", "hots")))


def test_the_command_tells_of_a_failed_run_and_keeps_its_exit_code(home, notebooks, inbox, shared_zygote, capsys):
    bank_file(home, mail(inbox.port))
    words = ["report", "--home", str(home.root), "--jobs", "1", str(notebooks / "tiny_failure.ipynb")]
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 5
    (got,) = inbox.mails
    assert "0021/tiny_failure/zh: KeyError: '0021'" in got.get_content()
    assert str(home.reports.resolve() / "2026-06-30" / "index.html") in got.get_content()
