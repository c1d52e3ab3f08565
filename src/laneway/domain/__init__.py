"""The nouns of Laneway, frozen: what a diagram says, what is alive, what happened, what went wrong.

Imports nothing else of Laneway. Names are those of BPMN 2.0 and of the Camunda 8 REST API, see docs/reference/words.md.
"""
