"""Lending along a chain: legal terms, control and advance, caps, the joint list, pages by kind of core or venue."""
