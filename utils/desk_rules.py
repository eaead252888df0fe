"""The alerting rules of the desk. Each threshold lies beyond what calm days ever showed.

`tests/test_desk_rules.py` holds that for the calm days of weeks 18 to 20 and 43 to 46, every six
hours; the comments give the most that was found there.
"""

# While the replayed clock is held nothing is asked, and a rate of nothing says nothing: what fires
# goes on firing until there is traffic again.
_HELD = """
          or max by () (ALERTS{{alertname="{name}", alertstate="firing"}})
            and on () replay_running == 0"""


def _service(name: str, expression: str, summary: str, runbook: str) -> str:
    return f"""
  - alert: {name}
    for: 1s
    expr: |
      ({expression}){_HELD.format(name=name)}
    labels: {{severity: page}}
    annotations:
      summary: "{summary}"
      runbook: "{runbook}"
"""


def _data(name: str, expression: str, summary: str, runbook: str) -> str:
    return f"""
  - alert: {name}
    expr: {expression}
    keep_firing_for: 5s
    labels: {{severity: page}}
    annotations:
      summary: "{summary}"
      runbook: "{runbook}"
"""


_RATE = "rate(flightdelay_requests_total{}[5s])"
_SHARE = "sum(" + _RATE + ") / sum(" + _RATE.format("") + ") > 0.05"

RULES = "groups:\n- name: desk\n  rules:" + "".join(
    [
        _service(
            "SlowModel",
            "histogram_quantile(0.5, sum by (le) (rate(flightdelay_model_seconds_bucket[5s])))"
            " > 0.25",
            "The model takes longer than 250 ms for half of the requests.",
            "Is the machine busy, or is it the model? Since which release?",
        ),
        _service(
            "FailingAnswers",
            _SHARE.format('{outcome="error"}'),
            "The service fails to answer {{ $value | humanizePercentage }} of the requests.",
            "Read the service's log. Since which release? Roll back.",
        ),
        _service(
            "RefusedRequests",
            _SHARE.format('{outcome="invalid"}'),
            "The service refuses {{ $value | humanizePercentage }} of the requests.",
            "Which client sends them, and since when? The answer (422) names the field.",
        ),
        # The longest night of the calm days: 7.5 h.
        _data(
            "NoFlights",
            "drift_newest_flight_age_hours > 9",
            "No flight has been predicted for {{ $value | humanize }} replayed hours.",
            "Is the service up? Does the booking system send anything?",
        ),
        _data(
            "DriftJobFails",
            "time() - drift_last_success_timestamp_seconds > 30",
            "The drift job has measured nothing for {{ $value | humanizeDuration }}.",
            "drift_runs_total says how its runs end: empty, locked or failed.",
        ),
        _data(
            "MissingValues",
            'max by (column) (drift_missing_share{column!="pressure"}) > 0.2',
            "{{ $labels.column }}: {{ $value | humanizePercentage }} missing at an airport.",
            "One airport or all? One column or all? Pressure is missing whenever it rains.",
        ),
        _data(
            "UnseenValues",
            "drift_unseen_share > 0.005",
            "{{ $labels.column }}: {{ $value | humanizePercentage }} are values never seen.",
            "Which values? A typing error, or something new in the world?",
        ),
        _data(
            "ImpossibleValues",
            "drift_outside_share > 0.01",
            "{{ $labels.column }}: {{ $value | humanizePercentage }} lie outside of the possible.",
            "Another unit?",
        ),
        _data(
            "WeatherDisagrees",
            "drift_disagreement_share > 0.02",
            "{{ $labels.column }}: flights of one airport and hour have different weather.",
            "Look at the flights of one airport and hour: which values are the odd ones?",
        ),
        _data(
            "WeatherStuck",
            "drift_stuck_hours > 5",
            "The weather of {{ $labels.origin }} has not changed for {{ $value }} hours.",
            "Does the station send at all?",
        ),
        _data(
            "StationApart",
            'abs(drift_station_difference{column="temp"}) > 12'
            ' or abs(drift_station_difference{column="humid"}) > 30'
            ' or abs(drift_station_difference{column="wind_speed"}) > 9',
            "{{ $labels.column }} of {{ $labels.origin }} has moved away from the other airports.",
            "Draw the three airports hour by hour. Since when, and by how much?",
        ),
        _data(
            "WeatherJumped",
            'abs(drift_week_difference{column="temp"}) > 25'
            ' or abs(drift_week_difference{column="humid"}) > 55',
            "{{ $labels.column }} is not what it was in the week before: {{ $value | humanize }}.",
            "Weather changes within hours, and units within minutes.",
        ),
        _data(
            "TimetableDrift",
            'drift_score{column="distance"} > 0.12 or drift_score{column="hour"} > 0.2'
            ' or drift_score{column="carrier"} > 0.08 or drift_score{column="origin"} > 0.06',
            "{{ $labels.column }} is not as on the same weekdays in March.",
            "Whose flights changed? Is it a fault of the data, or other flights?",
        ),
        _data(
            "OutcomesDrift",
            "abs(drift_calibration_gap) > 0.25 or drift_roc_auc < 0.35",
            "Flights end otherwise than predicted (a day ago).",
            "Are the inputs as before? Which flights, at which hours?",
        ),
    ]
)
