"""Citizens choose which announcements reach them; dossiers' own news always do."""

from __future__ import annotations

from store import topics
from store.tables import Follower
from tests.handlers.conftest import Talk


def test_the_list_says_what_is_on_and_a_number_switches_it(talk: Talk) -> None:
    (listed,) = talk("chủ đề nhận tin")
    assert "2. Lịch làm việc, nghỉ lễ: ĐANG NHẬN" in listed
    assert "5. Khảo sát, lấy ý kiến: không nhận" in listed
    said, listed = talk("2")
    assert said == "Đã thôi gửi tin về: Lịch làm việc, nghỉ lễ."
    assert "2. Lịch làm việc, nghỉ lễ: không nhận" in listed
    said, _ = talk("2")
    assert said.startswith("Từ nay ông/bà nhận tin về")
    with talk.db.read() as session:
        assert topics.chosen(session, talk.uid) == {"hours": True}


def test_a_button_switches_one_topic(talk: Talk) -> None:
    assert talk("#chude survey")[0].startswith("Từ nay")
    assert len(talk("#chude unknown")) == 1, "an unknown topic is only the list"


def test_in_english_and_with_everything_off(talk: Talk) -> None:
    talk("english")
    talk("stop")
    (listed,) = talk("topics")
    assert "2. Opening hours and holidays: ON" in listed
    assert "All messages are switched off" in listed


def test_a_number_outside_the_list_is_not_for_it(talk: Talk) -> None:
    talk("chủ đề")
    talk("9")
    with talk.db.read() as session:
        assert topics.chosen(session, talk.uid) == {}


def test_whoever_wants_messages_again_is_shown_the_way(talk: Talk) -> None:
    talk("dừng")
    talk("bật")
    assert "#chude" in talk.payloads


def test_tags_of_the_oa_are_learnt(talk: Talk) -> None:
    def tagged(name: str, tag: str, **more: object) -> None:
        talk.event(name, oa_id=talk.settings.zalo_oa_id, tag={"name": tag, **more})

    talk("chào")
    tagged("add_user_to_tag", "Xã Mẫu", user_ids=[talk.uid, "7300000000000000999"])
    tagged("add_user_to_tag", "Phường Mẫu", user_ids=[talk.uid])
    with talk.db.read() as session:
        assert topics.tags(session) == ["Phường Mẫu", "Xã Mẫu"]
    tagged("remove_user_from_tag", "Phường Mẫu", user_ids=[talk.uid])
    with talk.db.read() as session:
        assert topics.tags(session) == ["Xã Mẫu"]
        assert session.get(Follower, "7300000000000000999") is None, "a tag is no contact"
    tagged("remove_tag", "Xã Mẫu")
    with talk.db.read() as session:
        assert topics.tags(session) == []
