"""The practice as a page in the browser, served to this machine alone; through nicegui."""
