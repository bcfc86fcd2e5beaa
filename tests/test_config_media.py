"""Tests of the settings of pictures."""

import pytest

import config
from config import ConfigError
from tests.apps import configured as load


@pytest.fixture(autouse=True)
def _instance(tmp_path, monkeypatch):
    """Use a temporary instance folder, not that of the developer."""
    monkeypatch.setattr(config, "INSTANCE", tmp_path / "instance")


def test_a_media_folder_is_absolute_and_not_created(tmp_path):
    assert load({})["MEDIA_STORE"] == str(config.PROJECT / "instance" / "media")
    assert load({"MEDIA_STORE": "pictures"})["MEDIA_STORE"] == str(config.PROJECT / "pictures")
    assert load({"MEDIA_STORE": f"{tmp_path}/media"})["MEDIA_STORE"] == f"{tmp_path}/media"
    assert not (tmp_path / "media").exists()


@pytest.mark.parametrize("url", ["s3://my-bucket", "s3://my.bucket/media", "s3://my-bucket/blog/media_1/"])
def test_a_media_store_can_be_a_bucket(url):
    assert load({"MEDIA_STORE": url})["MEDIA_STORE"] == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3:///media",
        "s3:bucket",
        "s3://My_Bucket",
        "s3://key:hunter2@bucket",
        "s3://bucket/a/../b",
        "s3://bucket//a",
        "s3://bucket/a?region=x",
        "https://bucket.s3.amazonaws.com",
        "file:///srv/media",
    ],
)
def test_an_invalid_media_store_is_reported_without_its_value(url):
    with pytest.raises(ConfigError, match="MEDIA_STORE must be a folder, or a bucket") as caught:
        load({"MEDIA_STORE": url})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["MEDIA_MAX_MB", "MEDIA_MAX_PIXELS"])
def test_limits_of_pictures_are_positive_numbers(name):
    with pytest.raises(ConfigError) as caught:
        load({name: "0"})
    assert list(caught.value.errors) == [name]
    assert load({name: "7"})[name] == 7
