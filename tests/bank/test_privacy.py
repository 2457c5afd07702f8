"""The key of the pseudonyms: made once, readable by its owner alone, missed when it is gone."""

import pytest

from microlib.bank import privacy
from microlib.bank.stores import open_store
from microlib.errors import BadConfig
from microlib.homes import Home


@pytest.fixture
def key_path(tmp_path, monkeypatch):
    monkeypatch.setenv(privacy.KEY_VARIABLE, str(tmp_path / "keys" / "bank.key"))
    return tmp_path / "keys" / "bank.key"


@pytest.fixture
def store(tmp_path):
    with open_store(Home(tmp_path / "home"), writable=True) as store:
        yield store


def test_a_key_is_made_on_first_use_and_kept(store, key_path):
    key = privacy.settled_key(store)
    assert len(key) == privacy.KEY_BYTES
    assert key_path.stat().st_mode & 0o777 == 0o600
    assert privacy.settled_key(store) == key


def test_the_key_stands_outside_the_home(tmp_path, monkeypatch):
    monkeypatch.delenv(privacy.KEY_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    place = privacy.key_file(Home(tmp_path / "bank"))
    assert place.parent == tmp_path / "settings" / "microlib"
    assert place != privacy.key_file(Home(tmp_path / "another" / "bank"))


def test_only_the_fingerprint_of_the_key_is_in_the_store(store, key_path):
    privacy.note_key(store, key := privacy.settled_key(store))
    noted = store.rows("SELECT value FROM meta WHERE key = 'key_fingerprint'")[0][0]
    assert noted == privacy.fingerprint(key) and key.hex() not in noted


def test_a_key_that_others_may_read_is_refused(store, key_path):
    privacy.settled_key(store)
    key_path.chmod(0o644)
    with pytest.raises(BadConfig, match="chmod 600"):
        privacy.settled_key(store)


def test_a_lost_key_is_noticed_and_no_new_one_made(store, key_path):
    privacy.note_key(store, privacy.settled_key(store))
    key_path.unlink()
    with pytest.raises(BadConfig, match="restore it from its back-up"):
        privacy.settled_key(store)
    assert not key_path.exists()


def test_another_key_is_noticed(store, key_path):
    privacy.note_key(store, b"another key")
    privacy.make_key(key_path)
    with pytest.raises(BadConfig, match="not the key"):
        privacy.settled_key(store)


@pytest.mark.parametrize("text", ["not hexadecimal", "ab"])
def test_a_file_that_holds_no_key_is_refused(store, key_path, text):
    key_path.parent.mkdir()
    key_path.write_text(text)
    key_path.chmod(0o600)
    with pytest.raises(BadConfig, match="key"):
        privacy.settled_key(store)


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadConfig, match="cannot be made"):
        privacy.make_key(tmp_path / "file" / "bank.key")


def test_real_data_do_not_go_into_a_synthetic_bank(store, key_path):
    store.rows("INSERT INTO files (file_id, is_synthetic) VALUES (1, TRUE)")
    with pytest.raises(BadConfig, match="published"):
        privacy.settled_key(store)
