"""What Sage 300 says, in English and French: messages are localised, codes are not (contract sage300, section 6)."""

from __future__ import annotations

LANGUAGES = ("en-US", "fr-FR")

_TEXTS: dict[str, tuple[str, str]] = {
    "unauthorized": ("Invalid user name or password.", "Nom d'utilisateur ou mot de passe non valide."),
    "forbidden": (
        "Access denied. You do not have the rights to perform this operation on {what}.",
        "Accès refusé. Vous n'avez pas les droits pour effectuer cette opération sur {what}.",
    ),
    "too-many": ("Too many concurrent requests.", "Trop de demandes simultanées."),
    "parameters": ("Invalid query parameters. {what}", "Paramètres de requête non valides. {what}"),
    "entity-key": ("Invalid entity key {what}.", "Clé d'entité {what} non valide."),
    "payload": ("Invalid payload. {what}", "Contenu non valide. {what}"),
    "action": ("Invalid action {what}.", "Action {what} non valide."),
    "resource": ("Resource {what} cannot be found.", "La ressource {what} est introuvable."),
    "record": ("Record not found.\n{what} does not exist.", "Enregistrement introuvable.\n{what} n'existe pas."),
    "method": ("Method {what} is not allowed on this resource.", "La méthode {what} n'est pas autorisée ici."),
    "content-type": (
        "An internal error occurred. The request has no Content-Type.",
        "Une erreur interne s'est produite. La demande n'a pas de Content-Type.",
    ),
    "internal": ("An internal error occurred.", "Une erreur interne s'est produite."),
    "company": (
        "Unable to open a link to database {what}.",
        "Impossible d'ouvrir un lien vers la base de données {what}.",
    ),
    "duplicate-record": ("{what} already exists.", "{what} existe déjà."),
    "day-end": (
        "Cannot insert the record.\nDay End Processing must be run first.",
        "Impossible d'insérer l'enregistrement.\nDay End Processing doit d'abord être exécuté.",
    ),
    "duplicate-document": (
        "Invoice could not be inserted.\nDocument number {document} already exists for vendor {vendor}.",
        "La facture n'a pas pu être insérée.\nLe numéro de document {document} existe déjà pour le "
        "fournisseur {vendor}.",
    ),
    "required": ("{what} cannot be blank.", "{what} ne peut pas être vide."),
    "too-long": (
        "{what} is too long. It holds at most {limit} characters.",
        "{what} est trop long. Il contient au plus {limit} caractères.",
    ),
    "unknown": (
        "{field} is invalid.\n{what} {value} does not exist.",
        "{field} n'est pas valide.\n{what} {value} n'existe pas.",
    ),
    "inactive": (
        "{field} is invalid.\n{what} {value} is inactive.",
        "{field} n'est pas valide.\n{what} {value} est inactif.",
    ),
    "no-period": (
        "{field} is invalid.\nDate {value} is not in the fiscal calendar.",
        "{field} n'est pas valide.\nLa date {value} n'est pas dans le calendrier fiscal.",
    ),
    "locked-period": (
        "{field} is invalid.\nFiscal period {year}-{period} is locked.",
        "{field} n'est pas valide.\nLa période fiscale {year}-{period} est verrouillée.",
    ),
    "not-open": (
        "Batch {batch} cannot be changed.\nIts status is {status}.",
        "Le lot {batch} ne peut pas être modifié.\nSon statut est {status}.",
    ),
    "locked": (
        "Batch {batch} is being used by another user.",
        "Le lot {batch} est utilisé par un autre utilisateur.",
    ),
    "empty": ("Batch {batch} has no entries.", "Le lot {batch} ne contient aucune écriture."),
    "too-soon": (
        "Batch {batch} cannot be posted.\nA processing conflict occurred. Try again later.",
        "Le lot {batch} ne peut pas être validé.\nUn conflit de traitement s'est produit. Réessayez plus tard.",
    ),
    "conflict": (
        "A processing conflict occurred.\nAnother user is posting. Try again later.",
        "Un conflit de traitement s'est produit.\nUn autre utilisateur effectue une validation. Réessayez plus tard.",
    ),
    "vendor-in-use": (
        "Vendor {vendor} cannot be deleted.\nIt has open documents.",
        "Le fournisseur {vendor} ne peut pas être supprimé.\nIl a des documents en cours.",
    ),
    "not-balanced": (
        "The entry is out of balance.\nUndistributed amount {value} must be zero.",
        "L'écriture n'est pas équilibrée.\nLe montant non réparti {value} doit être nul.",
    ),
    "on-hold": ("Document {document} is on hold.", "Le document {document} est en attente."),
    "overpaid": (
        "Payment amount {value} exceeds the amount due on document {document}.",
        "Le paiement {value} dépasse le montant dû du document {document}.",
    ),
    "no-schedule": (
        "PaymentNumber is invalid.\nDocument {document} has no scheduled payment {value}.",
        "PaymentNumber n'est pas valide.\nLe document {document} n'a pas d'échéance {value}.",
    ),
    "vendor-on-hold": (
        "Vendor {vendor} is on hold.\nNo payment can be posted.",
        "Le fournisseur {vendor} est en attente.\nAucun paiement ne peut être validé.",
    ),
    "reversed": ("Payment {document} has been reversed already.", "Le paiement {document} a déjà été contrepassé."),
    "print-first": (
        "Checks in batch {batch} must be printed before posting.",
        "Les chèques du lot {batch} doivent être imprimés avant la validation.",
    ),
}


def text(key: str, language: str, details: dict[str, object]) -> str:
    """The message `key` in `language`, with its blanks filled in."""
    return _TEXTS[key][LANGUAGES.index(language)].format(**details)
