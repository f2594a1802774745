from __future__ import annotations

from pathlib import Path

import pytest

from shop.settings import SettingError, Settings


def test_a_relative_var_folder_stays_the_same_wherever_a_process_goes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    read = Settings({"FLOORWALKER_VAR": "shop/var"})
    monkeypatch.chdir("/")
    assert read.var == tmp_path / "shop" / "var"
    assert read.database_url == f"sqlite:///{tmp_path / 'shop' / 'var' / 'shop.db'}"


def test_an_absolute_var_folder_and_one_at_home_are_understood():
    assert Settings({"FLOORWALKER_VAR": "/srv/shop"}).var == Path("/srv/shop")
    assert Settings({"FLOORWALKER_VAR": "~/shop"}).var == Path.home() / "shop"


def test_a_setting_that_cannot_be_read_is_named_with_its_value():
    with pytest.raises(SettingError, match="FLOORWALKER_PORT is 'eighty'"):
        Settings({"FLOORWALKER_PORT": "eighty"})


def test_a_list_of_nothing_is_the_default():
    assert Settings({"FLOORWALKER_REPLY_TONES": " , "}).reply_tones == Settings({}).reply_tones != []
    assert Settings({"FLOORWALKER_REPLY_TONES": "brisk, warm,"}).reply_tones == ["brisk", "warm"]
