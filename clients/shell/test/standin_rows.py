"""Rows that are hard to tell apart by looking for brackets."""

ROWS = [
    {"id": "1", "name": 'a},{"b'},
    {"id": "2", "name": "\\"},
    {"id": "3", "name": '"},{"'},
    {"id": "4", "more": [{"id": "x"}, {"id": "y"}]},
    {"id": "5", "more": {"deep": [[], {}, "]}"], "q": '\\"},{'}},
    {"id": "6", "name": '],"total_count":'},
]
