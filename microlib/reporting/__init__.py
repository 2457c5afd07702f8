"""How it is told: tables, charts and sentences in Chinese and English; no arithmetic."""
