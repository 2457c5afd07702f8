"""Versions of a product that are kept, the one before the present, and an earlier one written back as TOML."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from microlib.contracts import documents, proposals
from microlib.design import dated_files
from microlib.design.toml_texts import toml_text
from microlib.errors import BadConfig

FOLDER = "versions"
COLUMNS = ["version", "in_force_from", "in_force_to", "replaced_by", "approved_by", "reason_zh", "reason_en",
           "evidence"]  # fmt: skip


def kept_versions(home: dated_files.Place, *, product: str) -> tuple[proposals.KeptVersion, ...]:
    """Read the versions of a product that are kept beside it, the oldest first.

    A product that the home has written itself has no other past than the home's own.

    Raises
    ------
    BadConfig
        If a file breaks its model, or two files keep one version.
    """
    place = dated_files.home_at(home)
    folder, is_own = place.config(f"products/{FOLDER}"), place.config("products").is_own(f"{product}.toml")
    paths = [path for path in folder.glob(f"{product}_v*.toml") if not is_own or folder.is_own(path.name)]
    found = [documents.read_document(path, proposals.KeptVersion) for path in paths]
    kept = sorted((each for each in found if each.product == product), key=lambda each: each.version)
    numbers = [each.version for each in kept]
    if len(set(numbers)) < len(numbers):
        raise BadConfig(f"two files keep one version of {product}", where=str(folder), fix="keep one of them")
    return tuple(kept)


def version_log(home: dated_files.Place, *, product: str) -> pd.DataFrame:
    """List the design history (版本沿革) of a product: each version with its days, who replaced it, and why.

    Returns
    -------
    DataFrame
        ``version, in_force_from, in_force_to, replaced_by, approved_by, reason_zh, reason_en, evidence``; the last row
        is the version in force, whose last day and reason are empty.

    Examples
    --------
    >>> version_log(".", product="hospital_supplier")["version"].to_list()
    [1, 2]
    """
    rows = [
        (each.version, each.in_force_from, each.in_force_to, each.replaced_by, each.approved_by, each.reason.zh,
         each.reason.en, each.evidence)
        for each in kept_versions(home, product=product)
    ]  # fmt: skip
    since = pd.Timestamp(rows[-1][2]) + pd.Timedelta(days=1) if rows else None
    rows.append((present_terms(home, product=product)["version"], since, None, "", "", "", "", ""))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    days = ["in_force_from", "in_force_to"]
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in days})


def present_terms(home: dated_files.Place, *, product: str) -> dict:
    """Return a product's file as it is written, dated lists and all."""
    return documents.read_toml(product_path(home, product=product))


def product_path(home: dated_files.Place, *, product: str) -> Path:
    """Return the file of a product."""
    return dated_files.home_at(home).config("products") / f"{product}.toml"


def kept_text(
    home: dated_files.Place, *, product: str, in_force_from: date, in_force_to: date, told: dict[str, object]
) -> str:
    """Write the present version of a product as the text of a kept version, before it is replaced.

    Parameters
    ----------
    in_force_from, in_force_to : date
        First and last day of the version.
    told : mapping
        ``replaced_by, approved_by, reason`` (zh, en), ``evidence``.

    Returns
    -------
    str
        TOML for ``data/products/versions/<product>_v<version>.toml``; the same text for the same terms.

    Raises
    ------
    BadConfig
        If what is told lacks author, approval, reason or evidence.
    """
    written = present_terms(home, product=product)
    days = {"in_force_from": in_force_from, "in_force_to": in_force_to}
    kept = {"product": product, "version": written.get("version"), **days, **told, "terms": written}
    documents.checked(kept, proposals.KeptVersion, where=product_path(home, product=product))
    return toml_text(kept)


def restored_text(home: dated_files.Place, *, product: str, version: int) -> str:
    """Write an earlier version of a product back as the text of its file, as the next version.

    Nothing is unsaid: the restored terms become a new version whose source names the one they come from.

    Parameters
    ----------
    version : int
        A version that is kept.

    Returns
    -------
    str
        TOML for ``data/products/<product>.toml``; comments of the old file are not kept, every term is.

    Raises
    ------
    BadConfig
        If that version is not kept.

    Examples
    --------
    >>> print(restored_text(".", product="hospital_supplier", version=1).splitlines()[2])
    version = 3
    """
    kept = {each.version: each for each in kept_versions(home, product=product)}
    if version not in kept:
        held = ", ".join(map(str, kept)) or "none"
        where = str(dated_files.home_at(home).config(f"products/{FOLDER}"))
        raise BadConfig(f"version {version} of {product} is not kept", where=where, fix=f"choose from {held}")
    following = present_terms(home, product=product)["version"] + 1
    source = f"terms of version {version} restored; {kept[version].terms['source']}"[:300]
    return toml_text({**kept[version].terms, "version": following, "source": source})
