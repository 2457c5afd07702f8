"""Who is told when a run is done: a mail through the bank's own server and a call of its webhook, both without persons.

Where they go stands in ``data/bank.toml`` of the home and nowhere else. A notice that cannot be sent is said in the
log; the run is what it was.
"""

from __future__ import annotations

import json
import os
import smtplib
import ssl
import stat
import tomllib
import urllib.request
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import quote, urlsplit

from pydantic import Field, field_validator

from microlib.contracts.documents import Line, Terms, checked
from microlib.errors import BadConfig, WorkbenchError
from microlib.home import DATA, Home
from microlib.identifiers import masked_text
from microlib.run.privacy import PersonalData, check_files
from microlib.run.progress import log

NAME = "bank.toml"
#: this computer itself, to which nothing need be in cipher
LOOPBACK = ("127.0.0.1", "::1", "localhost")
#: failures that a notice lists
MOST_LISTED = 20
#: runs that nobody is told of: nothing was to be done
QUIET = "not_due"
When = Literal["always", "trouble"]


class Secret(Terms):
    """A word that stands in no file of terms: in a variable, or in a file that its owner alone may read."""

    password_env: str = Field(default="", description="the variable of the environment that holds it")
    password_file: str = Field(default="", description="the file that holds it, readable by its owner alone (0600)")

    def secret(self) -> str:
        """Return the word; empty where none is named.

        Raises
        ------
        BadConfig
            If the variable is not set, or the file cannot be read or others may read it.
        """
        if self.password_env:
            if self.password_env not in os.environ:
                fix = f"export {self.password_env} where the schedule runs"
                raise BadConfig("the password's variable is not set", where=self.password_env, fix=fix)
            return os.environ[self.password_env]
        if not self.password_file:
            return ""
        path = Path(self.password_file)
        try:
            if not path.is_file() and path.exists():
                raise BadConfig("the password's file is no file", where=str(path), fix="name a regular file")
            if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
                fix = f"run: chmod 600 {path}"
                raise BadConfig("others may read the file of the password", where=str(path), fix=fix)
            return path.read_text(encoding="utf-8").strip()
        except OSError as error:
            what = f"the file of the password cannot be read: {error.strerror or error}"
            raise BadConfig(what, where=str(path), fix="write the password into it and chmod 600 it") from error


class Mail(Secret):
    """A mail when a run is done."""

    host: Line = Field(description="the bank's SMTP server")
    port: int = Field(default=465, ge=1, le=65535, description="465 with tls, 587 with starttls")
    encryption: Literal["tls", "starttls", "none"] = Field(default="tls", description="none to this computer alone")
    ca_file: str = Field(default="", description="certificates of the bank's own authority, where it has one")
    user: str = Field(default="", description="name at the server; empty logs nobody in")
    sender: Line = Field(description="the address it comes from")
    to: tuple[Line, ...] = Field(min_length=1, description="the addresses it goes to")
    when: When = Field(default="always", description="after every run, or where something went wrong")
    lang: Literal["zh", "en"] = Field(default="zh", description="its language")
    seconds: float = Field(default=20, gt=0, le=300, description="most that the server may take")

    @field_validator("sender", "to")
    @classmethod
    def _are_addresses(cls, value: Any) -> Any:
        for each in (value,) if isinstance(value, str) else value:
            if each.count("@") != 1 or any(sign in each for sign in " \r\n,;<>"):
                raise ValueError(f"{each!r} is no address")
        return value


class Webhook(Secret):
    """A call of a page of the bank's when a run is done: POST of the summary as JSON."""

    url: Line = Field(description="https://…; http to this computer alone")
    when: When = Field(default="always", description="after every run, or where something went wrong")
    seconds: float = Field(default=10, gt=0, le=300, description="most that it may take")

    @field_validator("url")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ValueError("an address begins with https://; http is for this computer alone")
        return value


class BankFile(Terms):
    """What ``data/bank.toml`` says: nobody is told where it names nobody."""

    NAMES_PERSONS: ClassVar[bool] = True

    pages: str = Field(default="", description="address below which the home's reports can be opened")
    mail: Mail | None = None
    webhook: Webhook | None = None

    @field_validator("pages")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("https", "http"):
            raise ValueError("an address begins with https:// or http://")
        return value


def read_bank_file(home: Home) -> BankFile:
    """Return what a home's ``data/bank.toml`` says; what an absent file says is nothing.

    Unlike written terms, none of which reaches a page with an address in it, this file is made of addresses.

    Raises
    ------
    BadConfig
        If it is not as described, with key and value.
    """
    path = home.root / DATA / NAME
    if not path.is_file():
        return BankFile()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadConfig(f"this is not TOML: {error}", where=str(path), fix="mend that line") from error
    return checked(content, BankFile, where=path)


def send_notices(home: Home, facts: Mapping[str, Any]) -> list[str]:
    """Tell of a run whoever the home's ``data/bank.toml`` names; return the ways that worked: ``mail``, ``webhook``.

    Nothing is raised: what went wrong is an event ``notice_failed`` of the log.

    Parameters
    ----------
    home : Home
    facts : mapping
        What the run's summary says (`schedule.Summary`).
    """
    sent: list[str] = []
    try:
        told = read_bank_file(home)
        ways = {"mail": told.mail, "webhook": told.webhook}
        wanted = {name: way for name, way in ways.items() if way is not None and _is_wanted(way.when, facts)}
        known = private_facts(facts, home=home, pages=told.pages) if wanted else {}
    except WorkbenchError as error:
        log("warning", "notice_failed", way=NAME, error=masked_text(f"{error.what} ({error.where})"))
        return sent
    for name, way in wanted.items():
        try:
            _mailed(way, known) if isinstance(way, Mail) else _called(way, known)
        except Exception as error:  # whatever a server or its certificate does, the run stands
            log("warning", "notice_failed", way=name, error=masked_text(_reason(error)))
        else:
            log("info", "notice", way=name)
            sent.append(name)
    return sent


def _is_wanted(when: str, facts: Mapping[str, Any]) -> bool:
    return facts["status"] != QUIET and (when == "always" or facts["status"] != "ok")


def _reason(error: Exception) -> str:
    """Return what a server said, shortly; an address it refused is told by its number alone."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return f"{len(error.recipients)} addresses were refused"
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return f"{type(error).__name__}: {error.smtp_code} {said}"[:200]
    return f"{type(error).__name__}: {error}".partition("\n")[0][:200]


def private_facts(facts: Mapping[str, Any], *, home: Home, pages: str = "") -> dict[str, Any]:
    """Return a run's summary as it may leave the bank: identifiers masked, reasons left out where a name may be left.

    Parameters
    ----------
    facts : mapping
    home : Home
        Whose look-up says which names are persons'.
    pages : str
        Address below which the home's reports can be opened; without it the link is a path.
    """
    known = {**facts, "failures": [dict(each) for each in facts.get("failures", ())], "link": _link(facts, home, pages)}
    masked = json.loads(json.dumps(known, ensure_ascii=False, default=str), object_hook=_masked)
    try:
        check_files([("notice.json", json.dumps(masked, ensure_ascii=False).encode())], home=home, what="notice")
    except PersonalData:
        return {**masked, "error": "", "failures": [], "is_withheld": True}
    return masked


def _masked(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: masked_text(value) if isinstance(value, str) else value for key, value in entry.items()}


def _link(facts: Mapping[str, Any], home: Home, pages: str) -> str:
    if "folder" not in facts:
        return ""
    index = Path(facts["folder"]) / "index.html"
    if not pages or not index.is_relative_to(home.reports.resolve()):
        return str(index)
    return f"{pages.rstrip('/')}/{quote(index.relative_to(home.reports.resolve()).as_posix())}"


def notice_lines(facts: Mapping[str, Any], lang: str) -> Iterator[str]:
    """Give the lines of a mail, its subject first.

    Examples
    --------
    >>> facts = {"status": "ok", "as_of": "2026-06-30", "made_count": 12, "failed_count": 0, "seconds": 41.0}
    >>> list(notice_lines(facts, "en"))[:2]
    ['microlib done: 2026-06-30, 12 reports made, 0 failed', '12 made, 0 failed, 0 left as they stood, ...']
    """
    from microlib.report.words import BLANK, Words  # a run that nobody is told of does not wait for it

    words = Words(lang)
    counts = dict.fromkeys(("made_count", "failed_count", "standing_count", "bundles_count", "seconds"), 0)
    known = {**counts, "as_of": BLANK, **facts, "status": words.entry("running", f"notice.status.{facts['status']}")}
    yield words.filled("running", "notice.subject", **known)
    yield words.filled("running", "notice.counts", **known)
    if known.get("error"):
        yield words.filled("running", "notice.stopped", **known)
    failures = known.get("failures", [])
    if failures:
        yield words.filled("running", "notice.failures")
        yield from (f"  {each['report']}: {each['error']}" for each in failures[:MOST_LISTED])
    if len(failures) > MOST_LISTED:
        yield words.filled("running", "notice.more", rest_count=len(failures) - MOST_LISTED)
    if known.get("is_withheld"):
        yield words.filled("running", "notice.withheld")
    if known.get("link"):
        yield words.filled("running", "notice.link", **known)
    yield words.filled("running", "notice.footer")


def _mailed(mail: Mail, facts: Mapping[str, Any]) -> None:
    subject, *lines = notice_lines(facts, mail.lang)
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, mail.sender, ", ".join(mail.to)
    message["Date"], message["Message-ID"] = formatdate(localtime=True), make_msgid(domain=mail.sender.split("@")[1])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join(lines) + "\n")
    if mail.encryption == "none" and mail.host not in LOOPBACK:
        fix = 'write encryption = "tls" or "starttls"'
        raise BadConfig(f"a mail to {mail.host} would go in the clear", where=NAME, fix=fix)
    trusted = ssl.create_default_context(cafile=mail.ca_file or None)
    if mail.encryption == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=mail.seconds, context=trusted)
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=mail.seconds)
    with server:
        if mail.encryption == "starttls":
            server.starttls(context=trusted)
        if mail.user:
            server.login(mail.user, mail.secret())
        refused = server.send_message(message)
    if refused:
        raise smtplib.SMTPRecipientsRefused(refused)


class _Straight(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: only the address that is written is called."""

    def redirect_request(self, *_: object) -> None:
        return None


def _called(webhook: Webhook, facts: Mapping[str, Any]) -> None:
    """Post the summary; neither a redirection nor a proxy of the environment takes it elsewhere."""
    headers = {"Content-Type": "application/json; charset=utf-8"}
    secret = webhook.secret()
    if secret:
        headers["Authorization"] = f"Bearer {secret}"
    body = json.dumps(facts, ensure_ascii=False).encode()
    request = urllib.request.Request(webhook.url, data=body, headers=headers, method="POST")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Straight)
    with opener.open(request, timeout=webhook.seconds):
        pass
