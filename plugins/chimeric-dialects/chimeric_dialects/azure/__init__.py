"""Azure OpenAI and Foundry: OpenAI's protocols and Anthropic's, behind paths of their own."""

from .dialect import AzureChat, AzureClaude, AzureResponses, is_azure

__all__ = ["AzureChat", "AzureClaude", "AzureResponses", "is_azure"]
