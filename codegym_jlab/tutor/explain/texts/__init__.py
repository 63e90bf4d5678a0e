"""What is said of each cause, by language: one table a language, English where one lacks a sentence."""
