"""Rasa's tokenizer for French as it is typed: plain words, spans of the original text."""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from nlu.components.normaliser import normalised


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class FrenchTokenizer(Tokenizer):
    """Normalises inside the tokens: changing the text itself would move the entities."""

    @staticmethod
    def get_default_config() -> dict:
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_"}

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        return [Token(w.text, w.start, w.end) for w in normalised(message.get(attribute))]
