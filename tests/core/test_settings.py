"""Settings come from the environment, a file and defaults, in this order, and what cannot be used is named."""

from __future__ import annotations

from dataclasses import fields

import pytest

from adapter.core.settings import Settings, SettingsError, load, unknown, variable


def test_without_anything_set_the_defaults_hold():
    assert load({}) == Settings()


def test_the_environment_outweighs_the_file_and_the_file_the_default(tmp_path):
    file = tmp_path / "settings"
    file.write_text("# a comment\n\nADAPTER_PORT=1111\nADAPTER_HOST = 10.0.0.1\n")
    settings = load({"ADAPTER_SETTINGS_FILE": str(file), "ADAPTER_PORT": "2222"})
    assert (settings.port, settings.host, settings.threads) == (2222, "10.0.0.1", Settings().threads)


def test_a_secret_may_come_from_a_file_of_its_own_and_loses_its_newline(tmp_path):
    file = tmp_path / "secret"
    file.write_text("s3cret\n")
    settings = load({"ADAPTER_ROOT_SECRET_ACCESS_KEY_FILE": str(file)})
    assert settings.root_secret_access_key == "s3cret"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADAPTER_PORT", "http"),
        ("ADAPTER_PORT", "65536"),
        ("ADAPTER_PORT", "-1"),
        ("ADAPTER_THREADS", "0"),
        ("ADAPTER_AVAILABLE_AFTER_EXPIRY", "perhaps"),
        ("ADAPTER_UPSTREAM_READ_TIMEOUT", "soon"),
        ("ADAPTER_UPSTREAM_READ_TIMEOUT", "nan"),
        ("ADAPTER_UPSTREAM_CONNECT_TIMEOUT", "0"),
        ("ADAPTER_UPSTREAM", "mturk-requester.us-east-1.amazonaws.com"),
        ("ADAPTER_UPSTREAM", ""),
        ("ADAPTER_UPSTREAM_MAX_ATTEMPTS", "11"),
        ("ADAPTER_UPSTREAM_REGION", "us east"),
        ("ADAPTER_PREVIEW_ACTION", "Accept"),
        ("ADAPTER_INITIAL_BALANCE", "-5"),
        ("ADAPTER_INITIAL_BALANCE", "1.005"),
        ("ADAPTER_INITIAL_BALANCE", "a lot"),
        ("ADAPTER_UPLOADS", "/srv/files"),
        ("ADAPTER_SITE_URL", "ftp://example.com"),
    ],
)
def test_a_value_of_the_wrong_kind_or_range_is_refused_by_its_name(name, value):
    with pytest.raises(SettingsError, match=name):
        load({name: value})


def test_the_defaults_are_values_that_can_be_used():
    written = {variable(each.name): str(getattr(Settings(), each.name)) for each in fields(Settings)}
    assert load(written) == Settings()


@pytest.mark.parametrize("line", ["ADAPTER_PROT=2", "ADAPTER_HOST_FILE=/etc/hostname"])
def test_a_name_in_the_file_that_nobody_reads_is_refused_with_its_line(tmp_path, line):
    file = tmp_path / "settings"
    file.write_text(f"ADAPTER_PORT=1\n{line}\n")
    with pytest.raises(SettingsError, match=":2: not a setting"):
        load({"ADAPTER_SETTINGS_FILE": str(file)})


@pytest.mark.parametrize("name", ["ADAPTER_SETTINGS_FILE", "ADAPTER_ENCRYPTION_KEY_FILE"])
def test_a_file_that_is_not_there_is_refused_by_the_name_of_its_setting(name, tmp_path):
    with pytest.raises(SettingsError, match=name):
        load({name: str(tmp_path / "nowhere")})


@pytest.mark.parametrize(("text", "value"), [("1", True), ("TRUE", True), ("no", False), (" false ", False)])
def test_booleans_are_read_as_people_write_them(text, value):
    assert load({"ADAPTER_AVAILABLE_AFTER_EXPIRY": text}).available_after_expiry is value


def test_every_setting_says_what_it_is_for():
    for each in fields(Settings):
        assert each.metadata["help"].endswith("."), variable(each.name)


def test_the_upstream_is_embedded_unless_an_address_is_given():
    assert load({}).embedded
    assert not load({"ADAPTER_UPSTREAM": "https://mturk-requester.us-east-1.amazonaws.com"}).embedded


def test_the_database_is_sqlite_in_the_data_folder_unless_a_url_is_given(tmp_path):
    assert load({"ADAPTER_DATA": str(tmp_path)}).database == f"sqlite:///{tmp_path}/adapter.sqlite3"
    assert load({"ADAPTER_DATABASE_URL": "postgresql+psycopg://x/y"}).database == "postgresql+psycopg://x/y"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ADAPTER_DATABSE_URL", "ADAPTER_DATABASE_URL was probably meant"),
        ("ADAPTOR_DATABASE_URL", "ADAPTER_DATABASE_URL was probably meant"),
        ("adapter_port", "ADAPTER_PORT was probably meant"),
        ("ADAPTER_DATABASE_URLFILE", "ADAPTER_DATABASE_URL_FILE was probably meant"),
        ("ADAPTER_COLOUR_OF_THE_SKY", "`adapter settings` lists them"),
        ("ADAPTER_PORT_FILE", "only a secret may come from a file of its own"),
    ],
)
def test_a_variable_that_is_no_setting_is_named_with_what_was_meant(name, meant):
    assert unknown({name: "x", "PATH": "/bin"}) == [f"{name} is no setting; {meant}"]


def test_variables_with_a_meaning_are_not_complained_about():
    known = {variable(each.name): "x" for each in fields(Settings)}
    beside = ["ADAPTER_SETTINGS_FILE", "ADAPTER_SECRET_ACCESS_KEY", "ADAPTER_DATABASE_URL_FILE"]
    of_kubernetes = ["ADAPTER_SERVICE_HOST", "ADAPTER_SERVICE_PORT_HTTP", "ADAPTER_PORT_8000_TCP_ADDR"]
    others = ["ADAPT", "CHAPTER_ONE", "HOME", "_", "ADA"]
    assert unknown(known | dict.fromkeys([*beside, *of_kubernetes, *others], "x")) == []
