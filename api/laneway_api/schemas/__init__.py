"""Shapes of the wire, one file per noun: names and types of the Camunda 8.10 Orchestration Cluster REST API."""
