"""The page: one file a tab, the canvas player, the two languages, the API."""
