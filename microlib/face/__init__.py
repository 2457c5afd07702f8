"""The names an analyst works with: `import microlib as ml`, then measures, limits, prices, a bank's branches.

Names are loaded when first used, so that importing stays quick. Each is defined in a module of its own;
here stands only which names there are.
"""
