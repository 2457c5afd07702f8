"""Trade evidence beyond one firm's own book: invoices that circle, books that agree, three flows, first digits."""
