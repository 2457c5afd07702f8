"""Identifiers planted by a seed wherever a bank's files can hold one, and looked for in all that is written.

`python tests/faults/plants.py SEED [NOTEBOOK ...]` does so with the demo bank's smallest branch, through ingest,
reports in all formats, bundles and everything that the commands say (`make soak`); the suite does it with few rows.
"""

from __future__ import annotations

import contextlib
import html
import io
import os
import random
import re
import subprocess
import sys
import tempfile
import unicodedata
import urllib.parse
import zipfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pypdf
from pyarrow import parquet

from microlib.bank.store import open_store
from microlib.contracts.tables import TABLES
from microlib.home import Home, shipped_notebooks
from microlib.identifiers import CHECK_SIGNS, CODE_SIGNS, CUSTOMER_KEYS, DOCUMENT_KEYS, STAFF_KEYS, WEIGHTS

SURNAMES, LAND = "王李张刘陈杨黄赵吴周", ("440305", "110105", "310101", "513436")


def identity(rng: random.Random) -> str:
    """Return an identity number whose check sign holds."""
    born = f"{rng.randint(1950, 2004)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    body = f"{rng.choice(LAND)}{born}{rng.randint(0, 999):03}"
    return body + CHECK_SIGNS[sum(int(sign) * weight for sign, weight in zip(body, WEIGHTS, strict=True)) % 11]


def identity_x(rng: random.Random) -> str:
    """Return an identity number that ends in X."""
    return next(number for number in iter(lambda: identity(rng), "") if number.endswith("X"))


def old_identity(rng: random.Random) -> str:
    """Return an identity number of fifteen digits."""
    born = f"{rng.randint(50, 90)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    return f"{rng.choice(LAND)}{born}{rng.randint(0, 999):03}"


def mobile(rng: random.Random) -> str:
    """Return a mobile phone."""
    return f"1{rng.randint(3, 9)}{rng.randint(0, 9)}{rng.randint(10**7, 10**8 - 1)}"


def card(rng: random.Random) -> str:
    """Return a card of nineteen digits that passes Luhn."""
    body = "62" + "".join(rng.choices("0123456789", k=16))
    doubled = [int(sign) * (1 if place % 2 else 2) for place, sign in enumerate(reversed(body))]
    return f"{body}{-sum(value - 9 if value > 9 else value for value in doubled) % 10}"


def trader(rng: random.Random) -> str:
    """Return the unified code of a sole trader."""
    body = "92440300MA" + "".join(rng.choices(CODE_SIGNS, k=7))
    return body + CODE_SIGNS[-sum(CODE_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(body)) % 31]


def mail(rng: random.Random) -> str:
    """Return a mail address."""
    return f"{''.join(rng.choices('abcdefghij', k=7))}{rng.randint(10, 99)}@qq.com"


def chat(rng: random.Random) -> str:
    """Return the name of somebody in a chat."""
    return f"{''.join(rng.choices('klmnopqrst', k=6))}{rng.randint(1000, 9999)}"


def name(rng: random.Random) -> str:
    """Return a person's name."""
    return rng.choice(SURNAMES) + "".join(chr(rng.randint(0x4E00, 0x9000)) for _ in range(2))


def address(rng: random.Random) -> str:
    """Return where somebody lives."""
    door = f"{rng.randint(100, 999)}号{rng.randint(1, 30)}栋{rng.randint(100, 3000)}室"
    return f"深圳市福田区{rng.choice('福景彩莲')}{chr(rng.randint(0x4E00, 0x9000))}路{door}"


def wide(word: str) -> str:
    """Return a word in full width."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in word)


def grouped(word: str, *sizes: int, by: str = " ") -> str:
    """Return a word in groups."""
    places = [sum(sizes[:place]) for place in range(len(sizes) + 1)]
    return by.join(
        word[first:last] for first, last in zip(places, [*places[1:], None], strict=True) if word[first:last]
    )


#: kind -> the writings of it
WRITINGS = {
    "identity": (
        identity,
        identity_x,
        lambda rng: identity_x(rng).lower(),
        lambda rng: grouped(identity(rng), 6, 8, 4),
        lambda rng: wide(identity(rng)),
        old_identity,
        lambda rng: grouped(old_identity(rng), 6, 6, 3),
    ),
    "mobile": (
        mobile,
        lambda rng: f"+86{mobile(rng)}",
        lambda rng: f"86{mobile(rng)}",
        lambda rng: grouped(mobile(rng), 3, 4, 4, by="-"),
        lambda rng: grouped(mobile(rng), 3, 4, 4),
        lambda rng: grouped(mobile(rng), 3, 4, 4, by="\u2013"),
        lambda rng: wide(mobile(rng)),
        lambda rng: "\u200b".join(mobile(rng)),
    ),
    "card": (card, lambda rng: grouped(card(rng), 4, 4, 4, 4, 3), lambda rng: wide(card(rng))),
    "code": (trader, lambda rng: trader(rng).lower(), lambda rng: wide(trader(rng))),
    "mail": (mail, lambda rng: mail(rng).replace("@", "＠")),
    "chat": (
        lambda rng: f"wxid_{chat(rng)}",
        lambda rng: f"微信:{chat(rng)}",
        lambda rng: f"微信号 {chat(rng)}",
        lambda rng: f"QQ{rng.randint(10**8, 10**9 - 1)}",
        lambda rng: f"vx:{chat(rng)}",
    ),
    "name": (name, lambda rng: f"{name(rng)}商行", lambda rng: " ".join(name(rng))),
    "address": (address,),
}
#: columns of keys that say where a row belongs, and must stay what they are
PLACES = frozenset({"branch_id", "parent_id", "managing_branch_id", "product_id", "scope_id"})
#: other names of one and the same key
MEANT = {
    "customer_id_a": "customer_id",
    "customer_id_b": "customer_id",
    "referrer_customer_id": "customer_id",
    "guarantor_id": "customer_id",
    "previous_loan_id": "loan_id",
    "manager_rm_id": "rm_id",
    "owner_id": "rm_id",
}


def bare(text: str) -> str:
    """Return a text without what sets signs apart."""
    plain = unicodedata.normalize("NFKC", text)
    kept = "".join(sign for sign in plain if unicodedata.category(sign) not in ("Cf", "Mn"))
    return re.sub(r"[\s\-–—._/()\[\]+·:]+", "", kept).casefold()


def needle(kind: str, text: str) -> str:
    """Return by what a planted identifier is found again, however it is written."""
    found = bare(text)
    if kind == "mobile":
        return found[-11:]
    return re.sub("^(wxid|微信号|微信|qq|vx)", "", found) if kind == "chat" else found[:3] if kind == "name" else found


@dataclass
class Planted:
    """What was planted: by what it is found again -> where it was put."""

    rng: random.Random
    places: dict[str, str] = field(default_factory=dict)
    swapped: dict[tuple[str, object], object] = field(default_factory=dict)

    def one(self, place: str, *, kinds: Iterable[str] = WRITINGS) -> str:
        """Plant one more."""
        kind = self.rng.choice(list(kinds))
        text = self.rng.choice(WRITINGS[kind])(self.rng)
        self.places[needle(kind, text)] = f"{kind} in {place}"
        return text

    def key(self, column: str, value: object) -> object:
        """Return what stands for a key, alike wherever it stands: most are identifiers."""
        meant = MEANT.get(column, column)
        if pd.isna(value) or meant in PLACES:
            return value
        if (meant, value) not in self.swapped:
            kinds = [kind for kind in WRITINGS if kind != "address" and (kind != "name" or meant in STAFF_KEYS)]
            kinds = list(WRITINGS) if meant in CUSTOMER_KEYS else ["card"] if meant in DOCUMENT_KEYS else kinds
            is_left = self.rng.random() < 0.3
            self.swapped[meant, value] = value if is_left else self.one(f"key {meant}", kinds=kinds)
        return self.swapped[meant, value]


def frames_of(demo: Path, *, branch: str, rows: int, tables: Collection[str] = TABLES) -> dict[str, pd.DataFrame]:
    """Return the last state of a branch, a frame a table, without what refers to rows that are not there."""
    frames: dict[str, pd.DataFrame] = {}
    with open_store(Home(demo)) as store:
        for table in (each for each in store.tables if each in tables):
            contract = TABLES[table]
            said = [each for (each, *_) in store.rows(f"DESCRIBE {table}")]
            names = [each for each in said if each in contract.names]
            where = f"branch_id = '{branch}' AND" if "branch_id" in names else ""
            sql = f"SELECT {', '.join(names)} FROM {table} WHERE {where} as_of = (SELECT max(as_of) FROM {table})"
            found = pd.DataFrame(store.rows(sql), columns=names, dtype="object")
            for column in (each for each in contract.columns if each.refers and each.name in names):
                if column.refers == table:
                    continue
                known = frames[column.refers][TABLES[column.refers].key[0]] if column.refers in frames else []
                stray = ~found[column.name].isin(known) & found[column.name].notna()
                found = (
                    found[~stray] if column.required else found.assign(**{column.name: found[column.name].mask(stray)})
                )
            if len(found):
                frames[table] = found.head(rows)
    return frames


def plant(frames: dict[str, pd.DataFrame], folder: Path, planted: Planted) -> list[Path]:
    """Write files of which keys, pseudonyms, heads, sheets, names and cells that nobody reads are identifiers."""
    paths = []
    for table, rows in frames.items():
        made = rows.copy()
        for column in (each for each in TABLES[table].columns if each.name in rows):
            if column.kind == "key":
                made[column.name] = [planted.key(column.name, value) for value in rows[column.name]]
            elif column.kind == "hash":
                put = [value if pd.isna(value) else planted.one(column.name) for value in rows[column.name]]
                made[column.name] = put
        for _ in range(2):
            made[planted.one("a head")] = [planted.one("a column that nobody reads") for _ in range(len(made))]
        made = made.map(lambda value: value.isoformat() if hasattr(value, "isoformat") else value)
        kinds = (
            ("csv", "parquet") if table == "external_series" else ("csv", "xlsx", "parquet")
        )  # all its sheets are read
        kind = planted.rng.choice(kinds)
        said = mobile(planted.rng) if planted.rng.random() < 0.3 else ""
        planted.places |= {said: "mobile in a file's name"} if said else {}
        path = folder / f"{table}{said and f' {said}'}.{kind}"
        if kind == "csv":
            made.to_csv(path, index=False)
        elif kind == "parquet":
            made.astype("str").where(made.notna(), None).to_parquet(path)
        else:
            with pd.ExcelWriter(path) as book:
                made.to_excel(book, sheet_name=table, index=False)
                sheet = f"备注 {planted.one('a sheet', kinds=['identity'])}"
                pd.DataFrame({"备注": [planted.one("another sheet")]}).to_excel(book, sheet_name=sheet, index=False)
        paths.append(path)
    return paths


#: what is put around an identifier in a text
PHRASES = ("{}", "找{}", "见 {} 处", "{}（备注）")


def plant_texts(frames: dict[str, pd.DataFrame], folder: Path, planted: Planted) -> dict[Path, list[str]]:
    """Write a file for each table with texts, every one of them an identifier; return their columns of texts."""
    files = {}
    kinds = [kind for kind in WRITINGS if kind != "name"]
    for table, rows in frames.items():
        texts = [each.name for each in TABLES[table].columns if each.kind == "text" and each.name in rows]
        if texts:
            made = pd.concat([rows] * (len(kinds) // len(rows) + 1), ignore_index=True).head(len(kinds))
            for column in texts:
                put = [(kind, planted.one(f"text {table}.{column}", kinds=[kind])) for kind in kinds]
                made[column] = [planted.rng.choice(PHRASES).format(text) for _, text in put]
            made.to_csv(folder / f"{table}.csv", index=False)
            files[folder / f"{table}.csv"] = texts
    return files


def texts_in(name: str, data: bytes) -> Iterator[str]:
    """Yield all text of a file, whatever its kind, with its name, its properties and what is packed in it."""
    yield name
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as source:
            yield source.comment.decode("utf-8", "ignore")
            for item in source.infolist():
                yield item.comment.decode("utf-8", "ignore")
                yield from texts_in(item.filename, source.read(item))
    elif data[:4] == b"PAR1":
        file = parquet.ParquetFile(io.BytesIO(data))
        yield f"{file.schema_arrow}{file.metadata.metadata}"
        yield file.read().to_pandas().to_csv()
    elif data[:4] == b"%PDF":
        pages = pypdf.PdfReader(io.BytesIO(data))
        yield str(pages.metadata)
        yield from (page.extract_text() for page in pages.pages)
    elif name.endswith(".duckdb"):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "data").mkdir()
            (Path(folder) / "data" / "bank.duckdb").write_bytes(data)
            with open_store(Home(Path(folder))) as store:
                for (table,) in store.rows("SELECT table_name FROM duckdb_tables()"):
                    yield "\n".join(map(str, store.rows(f"SELECT * FROM {table}")))
    else:
        yield data.decode("utf-8", "ignore")


def readings(text: str) -> Iterator[str]:
    """Yield a text as it stands, and as a page, an address and a document of JSON would read it."""
    said = re.sub(r"base64,[A-Za-z0-9+/=\s]{40,}", "", text)
    yield said
    if "&" in said or "<" in said:
        yield html.unescape(re.sub("<[^>]*>", "", said))
    if "%" in said:
        yield urllib.parse.unquote(said)
    if "\\u" in said:
        yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda sign: chr(int(sign[1], 16)), said)


def leaks(files: Iterable[tuple[str, bytes]], planted: Planted) -> list[str]:
    """Return what stands where in the files of what was planted."""
    found = []
    for name, data in files:
        held: set[str] = set()
        for text in (bare(each) for said in texts_in(name, data) for each in readings(said)):
            grams = {text[place : place + 3] for place in range(len(text) - 2)}
            held |= {each for each in planted.places if each[:3] in grams and each[-3:] in grams and each in text}
        found += [f"{planted.places[each]}: {name}" for each in held]
    return found


def written(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file below folders."""
    for folder in folders:
        yield from ((str(path), path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file())


COMMAND = "from microlib.cli import main; main()"


def main(arguments: list[str]) -> int:
    """Plant, run every command there is for a bank, and look; return 1 where anything was found."""
    seed, every = int(arguments[0]) if arguments else 20260630, shipped_notebooks() / "reports"
    notebooks = arguments[1:] or sorted(path.stem for path in every.glob("*.ipynb"))
    demo = Path(__file__).resolve().parents[2] / "data" / "demo"
    planted = Planted(random.Random(seed))
    with tempfile.TemporaryDirectory(prefix="plants-", dir="/tmp") as place:
        folder, home = Path(place), Path(place) / "out" / "home"
        for each in ("files", "texts", "out/said", "tmp"):
            (folder / each).mkdir(parents=True)
        frames = frames_of(demo, branch="0995", rows=100)
        files = plant(frames, folder / "files", planted)
        texts = plant_texts(frames, folder / "texts", planted)
        env = {**os.environ, "XDG_CONFIG_HOME": str(folder / "config"), "TMPDIR": str(folder / "tmp")}

        def run(*words: object) -> int:
            command = [sys.executable, "-c", COMMAND, *map(str, words), "--home", str(home)]
            done = subprocess.run(command, capture_output=True, env=env, check=False)
            count = len(list((folder / "out" / "said").iterdir()))
            (folder / "out" / "said" / f"{count}").write_bytes(done.stdout + b"\n" + done.stderr)
            told = done.stderr.decode(errors="replace").splitlines()[-3:] if done.returncode else []
            say("\n  ".join([f"{words[0]}: {done.returncode}", *told]))
            return done.returncode

        for path in texts:
            run("ingest", path, "--mapping", "own_tables", "--as-of", "2026-06-30")
        run("ingest", "--draft", *files)
        run("ingest", "--preview", *files, "--mapping", "own_tables")
        wrong = run("ingest", *files, "--mapping", "own_tables", "--as-of", "2026-06-30")
        run("ingest", "--explain", files[0].name)
        run("check", "--bank")
        wrong += run("report", *notebooks, "--as-of", "2026-06-30", "--format", "all")
        wrong += run("bundle", "--role", "branch", "--role", "manager", "--role", "head-office")
        found = leaks(written(folder / "out", folder / "tmp"), planted)
    say(f"seed {seed}: {len(planted.places)} planted, {len(found)} found again")
    say("\n".join(found[:30]))
    return int(bool(found or wrong))


def say(text: str) -> None:
    """Write a line."""
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
