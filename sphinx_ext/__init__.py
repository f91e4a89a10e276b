"""Sphinx extensions that make the book's pages: typeset, numbered like the paper, light and alive without a server.

Each module is one extension with one job; `_config.yml` says which are loaded and in which order.
"""
