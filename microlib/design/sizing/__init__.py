"""Need and cover by the method that a product's terms name."""
