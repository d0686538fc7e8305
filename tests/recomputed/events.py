"""Reading exported events: their names, dates and instants, and which of them no longer count."""

import datetime as dt

JAKARTA = dt.timezone(dt.timedelta(hours=7))


def instant(text):
    return dt.datetime.fromisoformat(text)


def written(text):
    """An instant as the read models write it: UTC with milliseconds."""
    moment = instant(text).astimezone(dt.UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="milliseconds") + "Z"


def civil(text):
    return instant(text).astimezone(JAKARTA).date().isoformat()


def kind(event):
    return event["type"].removeprefix("kelambu.").rsplit(".", 1)[0]


def name(event):
    return f"{sender(event)}:{event['id']}"


def sender(event):
    return event["source"].removeprefix("/agencies/")


def month(text):
    return int(text[:4]) * 12 + int(text[5:7]) - 1


def struck_by(events):
    """The events that no longer count: taken back by a retraction that is itself not taken back."""
    takes_back = {
        name(e): f"{sender(e)}:{e['data']['retracts']}" for e in events if kind(e) == "event.retracted"
    }
    counting = {}

    def counts(retraction):
        if retraction not in counting:
            counting[retraction] = True  # of two that take each other back the first counts
            against = [
                one for one, target in takes_back.items() if target == retraction and one != retraction
            ]
            counting[retraction] = not any(counts(one) for one in against)
        return counting[retraction]

    return {target for retraction, target in takes_back.items() if counts(retraction)}


def counting_again(events):
    """What a retraction was told of, or a retraction of that and so on, with the position of the last of them."""
    takes_back = {
        name(e): f"{sender(e)}:{e['data']['retracts']}" for e in events if kind(e) == "event.retracted"
    }
    last: dict[str, int] = {}
    for event in events:
        concerned, seen = name(event), set()
        while concerned in takes_back and concerned not in seen:
            seen.add(concerned)
            concerned = takes_back[concerned]
        if seen:
            last[concerned] = event["position"]
    return last
