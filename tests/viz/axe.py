"""What axe-core says of a page."""

PHONE = {"width": 390, "height": 800}


def serious_violations(page):
    """Return rules that a page breaks, with elements. It must be open without its own policy (``bypass_csp``)."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        (one["id"], [node["target"] for node in one["nodes"]][:3])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
