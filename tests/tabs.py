"""Tabs of the page, found by their words, and what axe finds there."""

from __future__ import annotations

PICK = """names => {
    const all = document.querySelectorAll("button[role=tab], .overflow-dropdown button");
    const tab = [...all].find((one) => names.includes(one.textContent.trim()));
    tab?.click();
    return Boolean(tab);
}"""


def pick_tab(page, *names: str) -> None:
    """Opens the tab that is called one of these; of a narrow page's tabs some are in a menu."""
    page.wait_for_function(PICK, arg=list(names))


def serious(page) -> dict[str, list[str]]:
    """What axe finds serious or critical on the page, as it is: rule -> elements."""
    from axe_playwright_python.sync_playwright import Axe

    return {
        rule["id"]: [node["html"][:200] for node in rule["nodes"]]
        for rule in Axe().run(page).response["violations"]
        if rule["impact"] in ("serious", "critical")
    }
