from __future__ import annotations

import pytest

from shop import saved_views, staff
from shop.errors import BadInput, NotFound


@pytest.fixture
def ida(db) -> int:
    return staff.add(db, "ida@shop.test", "Ida", "agent").staff_id


@pytest.fixture
def jon(db) -> int:
    return staff.add(db, "jon@shop.test", "Jon", "reviewer").staff_id


def shown(db, staff_id):
    return [(each.name, each.owner, each.query) for each in saved_views.views_for(db, staff_id)]


def test_a_view_is_its_owners_until_it_is_shared(db, ida, jon):
    saved_views.save(db, ida, "late", "status=waiting")
    saved_views.save(db, ida, "Boots", "q=boots", shared=True)
    assert shown(db, ida) == [("Boots", "Ida", "q=boots"), ("late", "Ida", "status=waiting")]
    assert shown(db, jon) == [("Boots", "Ida", "q=boots")]


def test_the_same_name_again_replaces_ones_own_alone(db, ida, jon):
    first = saved_views.save(db, ida, "Boots", "q=boots", shared=True)
    assert saved_views.save(db, ida, " Boots ", "q=shoes") == first
    assert saved_views.save(db, jon, "Boots", "q=hats") != first
    assert shown(db, ida) == [("Boots", "Ida", "q=shoes")]


def test_only_the_owner_changes_and_deletes(db, ida, jon):
    view = saved_views.save(db, ida, "Boots", "q=boots", shared=True)
    with pytest.raises(NotFound):
        saved_views.change(db, jon, view, "Mine", False)
    with pytest.raises(NotFound):
        saved_views.remove(db, jon, view)
    saved_views.change(db, ida, view, "Shoes", False)
    assert shown(db, jon) == []
    saved_views.remove(db, ida, view)
    assert shown(db, ida) == []


def test_a_view_cannot_take_the_name_of_another(db, ida):
    saved_views.save(db, ida, "Boots", "q=boots")
    view = saved_views.save(db, ida, "Hats", "q=hats")
    with pytest.raises(BadInput, match="another view"):
        saved_views.change(db, ida, view, "Boots", False)


@pytest.mark.parametrize(("name", "query"), [("", "q=x"), (" ", "q=x"), ("x" * 81, "q=x"), ("x", "q=" + "x" * 999)])
def test_names_and_filters_have_limits(db, ida, name, query):
    with pytest.raises(BadInput):
        saved_views.save(db, ida, name, query)


def test_nobody_keeps_views_without_end(db, ida, monkeypatch):
    monkeypatch.setattr(saved_views, "VIEWS_MAX", 2)
    for name in ("a", "b", "a"):
        saved_views.save(db, ida, name, "")
    with pytest.raises(BadInput, match="you may keep 2"):
        saved_views.save(db, ida, "c", "")
