# The rows that every writer writes: a little made-up clinic of 20 clients. No row stands for a person.
# `python rows.py` writes them as CSV, the measure of the others.
import csv
import datetime

TREATMENTS = ["CBT", "psychodynamic"]
DELIVERIES = ["online", "in person"]


def sessions():
    """client, session, alliance (None: not filled in), day, delivery, item answers (nobody asked for them)"""
    for client in range(1, 21):
        start = datetime.date(2024, 1, 1) + datetime.timedelta(days=9 * client)
        for session in range(1, 4):
            alliance = 30 + (client * 7 + session * 5) % 29 + (0.5 if (client + session) % 3 == 0 else 0)
            if (client, session) in [(4, 2), (9, 3)]:
                alliance = None
            items = [(client + session + i) % 5 + 1 for i in range(3)]
            day = start + datetime.timedelta(days=14 * session)
            yield f"K{client:02}", session, alliance, day, DELIVERIES[client % 2], items


def outcomes():
    """client, measure, pre, post (None: left before), treatment"""
    for client in range(1, 21):
        post = None if client == 13 else 4 + (client * 5) % 11
        yield f"K{client:02}", "PHQ-9", 10 + (client * 3) % 13, post, TREATMENTS[client % 2]


def text(value):
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    with open("sessions.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["client_id", "session", "alliance", "date", "delivery"])
        writer.writerows([text(cell) for cell in row[:5]] for row in sessions())
    with open("outcomes.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["client_id", "measure", "pre", "post", "treatment"])
        writer.writerows([text(cell) for cell in row] for row in outcomes())
