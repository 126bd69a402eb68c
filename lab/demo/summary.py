"""The table at the demo's end: how long clients waited, by engine."""

# What was measured: (engine, whether packets were held), and its title.
_COLUMNS = {("host", True): "rouse host",
            ("ovn", True): "OVN, rouse hold",
            ("ovn", False): "OVN alone"}
_ROWS = (("TCP", "pod"), ("TCP", "external"), ("UDP", "pod"))


def summary(show, start_ms, results):
    """Show the table of Tours' results."""
    columns = [column for column in _COLUMNS if any(
        column == (result["engine"], result["hold"]) for result in results)]
    show.chapter("From the first packet until connected (UDP: answered)")
    show.table([("", *(_COLUMNS[column] for column in columns)), *(
        (f"{'curl' if proto == 'TCP' else 'dig +tries=1'}, {client}", *(
            _cell(results, column, proto, client) for column in columns))
        for proto, client in _ROWS)])
    show.say("")
    show.say(
        f"The backends themselves take {start_ms} ms to start. None of the "
        f"services above was running when its client's first packet came. "
        f"With Rouse it is that packet which is delivered; without, TCP "
        f"sends another one after a second, and UDP none.")


def _cell(results, column, proto, client):
    for result in results:
        if ((result["engine"], result["hold"]) == column
                and (result["proto"], result["client"]) == (proto, client)):
            return (f"{result['reply_ms']:.1f} ms" if result["reply_ms"]
                    is not None else "lost")
    return "-"
