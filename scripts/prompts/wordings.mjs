// What the server says, in each language that it speaks: `npm run prompts` has it spoken. A count is followed by what is
// counted (`you-have`, `number-2`, `new-messages`), so one is said as it stands before "message".

const MOST = 20;

/** Numbers from 2 to 20 as figures, which every voice knows how to say; one as given. */
const numbers = (one) =>
  Object.fromEntries(Array.from({ length: MOST }, (_, i) => [`number-${i + 1}`, i === 0 ? one : String(i + 1)]));

/** Voice of espeak-ng, words a minute, and the words. */
export const wordings = {
  en: {
    voice: "en-gb",
    wordsPerMinute: 150,
    words: {
      "leave-a-message":
        "The person you are calling cannot take your call. Please leave a message after the tone, and press hash when you have finished.",
      "message-kept": "Your message has been saved.",
      "mailbox-full": "This mailbox is full and cannot take any more messages.",
      "you-have": "You have",
      "no-messages": "You have no messages.",
      "new-message": "new message",
      "new-messages": "new messages",
      "old-message": "message that you have already heard",
      "old-messages": "messages that you have already heard",
      "message-menu":
        "To hear the message again, press one. To keep it and go on, press two. To delete it, press three. To finish, press hash.",
      "main-menu":
        "To record your greeting, press zero. To go back to the standard greeting, press nine. To finish, press hash.",
      deleted: "Message deleted.",
      "no-more-messages": "There are no more messages.",
      "record-greeting": "Record your greeting after the tone, and press hash when you have finished.",
      "greeting-kept": "Your greeting has been saved.",
      "greeting-reset": "Callers hear the standard greeting again.",
      goodbye: "Goodbye.",
      ...numbers("one"),
    },
  },
  it: {
    voice: "it",
    wordsPerMinute: 150,
    words: {
      "leave-a-message":
        "La persona chiamata non può rispondere. Lasciate un messaggio dopo il segnale acustico, e al termine premete cancelletto.",
      "message-kept": "Il messaggio è stato salvato.",
      "mailbox-full": "La casella vocale è piena e non può ricevere altri messaggi.",
      "you-have": "Ci sono",
      "no-messages": "Non ci sono messaggi.",
      "new-message": "nuovo messaggio",
      "new-messages": "nuovi messaggi",
      "old-message": "messaggio già ascoltato",
      "old-messages": "messaggi già ascoltati",
      "message-menu":
        "Per riascoltare il messaggio, premete uno. Per conservarlo e proseguire, premete due. Per cancellarlo, premete tre. Per terminare, premete cancelletto.",
      "main-menu":
        "Per registrare il vostro annuncio, premete zero. Per tornare all'annuncio standard, premete nove. Per terminare, premete cancelletto.",
      deleted: "Messaggio cancellato.",
      "no-more-messages": "Non ci sono altri messaggi.",
      "record-greeting": "Registrate il vostro annuncio dopo il segnale acustico, e al termine premete cancelletto.",
      "greeting-kept": "L'annuncio è stato salvato.",
      "greeting-reset": "Chi chiama ascolta di nuovo l'annuncio standard.",
      goodbye: "Arrivederci.",
      ...numbers("un"),
    },
  },
  de: {
    voice: "de",
    wordsPerMinute: 145,
    words: {
      "leave-a-message":
        "Der gewünschte Teilnehmer ist zurzeit nicht erreichbar. Bitte hinterlassen Sie nach dem Ton eine Nachricht, und drücken Sie zum Schluss die Raute-Taste.",
      "message-kept": "Ihre Nachricht wurde gespeichert.",
      "mailbox-full": "Diese Mailbox ist voll und kann keine weiteren Nachrichten aufnehmen.",
      "you-have": "Sie haben",
      "no-messages": "Sie haben keine Nachrichten.",
      "new-message": "neue Nachricht",
      "new-messages": "neue Nachrichten",
      "old-message": "bereits gehörte Nachricht",
      "old-messages": "bereits gehörte Nachrichten",
      "message-menu":
        "Um die Nachricht noch einmal zu hören, drücken Sie die eins. Um sie zu behalten und fortzufahren, die zwei. Um sie zu löschen, die drei. Zum Beenden drücken Sie die Raute-Taste.",
      "main-menu":
        "Um Ihre Begrüßung aufzunehmen, drücken Sie die null. Um zur Standardansage zurückzukehren, drücken Sie die neun. Zum Beenden drücken Sie die Raute-Taste.",
      deleted: "Nachricht gelöscht.",
      "no-more-messages": "Es sind keine weiteren Nachrichten vorhanden.",
      "record-greeting": "Bitte sprechen Sie Ihre Begrüßung nach dem Ton, und drücken Sie zum Schluss die Raute-Taste.",
      "greeting-kept": "Ihre Begrüßung wurde gespeichert.",
      "greeting-reset": "Anrufer hören wieder die Standardansage.",
      goodbye: "Auf Wiederhören.",
      ...numbers("eine"),
    },
  },
  fr: {
    voice: "fr-fr",
    wordsPerMinute: 150,
    words: {
      "leave-a-message":
        "Votre correspondant ne peut pas vous répondre. Veuillez laisser un message après le signal sonore, puis appuyez sur la touche dièse.",
      "message-kept": "Votre message a été enregistré.",
      "mailbox-full": "Cette boîte vocale est pleine et ne peut plus recevoir de messages.",
      "you-have": "Vous avez",
      "no-messages": "Vous n'avez aucun message.",
      "new-message": "nouveau message",
      "new-messages": "nouveaux messages",
      "old-message": "message déjà écouté",
      "old-messages": "messages déjà écoutés",
      "message-menu":
        "Pour réécouter le message, appuyez sur un. Pour le conserver et continuer, sur deux. Pour l'effacer, sur trois. Pour terminer, appuyez sur dièse.",
      "main-menu":
        "Pour enregistrer votre annonce d'accueil, appuyez sur zéro. Pour revenir à l'annonce standard, appuyez sur neuf. Pour terminer, appuyez sur dièse.",
      deleted: "Message effacé.",
      "no-more-messages": "Il n'y a plus d'autres messages.",
      "record-greeting":
        "Enregistrez votre annonce d'accueil après le signal sonore, puis appuyez sur la touche dièse.",
      "greeting-kept": "Votre annonce d'accueil a été enregistrée.",
      "greeting-reset": "Vos correspondants entendent de nouveau l'annonce standard.",
      goodbye: "Au revoir.",
      ...numbers("un"),
    },
  },
  es: {
    voice: "es",
    wordsPerMinute: 150,
    words: {
      "leave-a-message":
        "La persona a la que llama no puede atenderle. Deje un mensaje después de la señal, y pulse almohadilla al terminar.",
      "message-kept": "Su mensaje se ha guardado.",
      "mailbox-full": "Este buzón de voz está lleno y no admite más mensajes.",
      "you-have": "Tiene",
      "no-messages": "No tiene mensajes.",
      "new-message": "mensaje nuevo",
      "new-messages": "mensajes nuevos",
      "old-message": "mensaje ya escuchado",
      "old-messages": "mensajes ya escuchados",
      "message-menu":
        "Para volver a escuchar el mensaje, pulse uno. Para conservarlo y continuar, pulse dos. Para borrarlo, pulse tres. Para terminar, pulse almohadilla.",
      "main-menu":
        "Para grabar su saludo, pulse cero. Para volver al saludo estándar, pulse nueve. Para terminar, pulse almohadilla.",
      deleted: "Mensaje borrado.",
      "no-more-messages": "No hay más mensajes.",
      "record-greeting": "Grabe su saludo después de la señal, y pulse almohadilla al terminar.",
      "greeting-kept": "Su saludo se ha guardado.",
      "greeting-reset": "Quien llame volverá a oír el saludo estándar.",
      goodbye: "Adiós.",
      ...numbers("un"),
    },
  },
};
