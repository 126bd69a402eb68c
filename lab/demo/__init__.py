"""The demo: what Rouse does, on the topology of the article. See __main__.py
for its course."""
