"""A local Zalo for trying and testing: API, webhook sender, phone page, operator page.

Imitates sections 1 to 5 of the protocol reference as its section 9 asks. It shares no code with
the product, so that each is a check on the other. Every address stands in ``docs/sandbox.md``.
"""
