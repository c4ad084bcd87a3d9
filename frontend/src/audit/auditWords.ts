import type { AuditEntry } from "../api/operations.ts";
import { useSpeech, type Language } from "../i18n/i18n.tsx";

type Act = AuditEntry["act"];

interface Words {
  /** What a list of kinds calls each act. */
  kinds: Record<Act, string>;
  /** What was done, with {who} did it and to whom or what: {subject}. */
  sentences: Record<Act, string>;
  /** The same where nobody is known to have done it. */
  byNobody: Partial<Record<Act, string>>;
  sessions: Record<string, string>;
  empty: string;
}

/** The words of the audit log, in a part of their own: few read it, and the catalogue is part of every screen. */
const WORDS: Record<Language, Words> = {
  EN: {
    kinds: {
      REQUEST_FILED: "Request filed",
      REQUEST_APPROVED: "Request approved",
      REQUEST_REJECTED: "Request rejected",
      REQUEST_WITHDRAWN: "Request withdrawn",
      SIGNED_IN: "Sign-in",
      SIGNED_OUT: "Sign-out",
      PASSWORD_SET: "New password",
      PASSWORD_RESET_ASKED: "Password link asked for",
      USER_ADDED: "Person added",
      ORGANISATION_ADDED: "Organisation added",
      MAIL_SENT_AGAIN: "Mail sent again",
      SECOND_FACTOR_SET: "Codes switched on",
      SECOND_FACTOR_REMOVED: "Codes switched off",
      RECOVERY_CODES_RENEWED: "New recovery codes",
      RECOVERY_CODE_USED: "Recovery code used",
      BACKUP_RESTORED: "Backup restored",
    },
    sentences: {
      REQUEST_FILED: "{who} filed a request for {subject}",
      REQUEST_APPROVED: "{who} approved a request for {subject}",
      REQUEST_REJECTED: "{who} rejected a request for {subject}",
      REQUEST_WITHDRAWN: "{who} withdrew a request for {subject}",
      SIGNED_IN: "{who} signed in",
      SIGNED_OUT: "{who} signed out",
      PASSWORD_SET: "{who} set a new password",
      PASSWORD_RESET_ASKED: "Somebody asked for a link to set a new password for {subject}",
      USER_ADDED: "{subject} was added",
      ORGANISATION_ADDED: "The organisation {subject} was added",
      MAIL_SENT_AGAIN: "{who} sent a mail to {subject} again",
      SECOND_FACTOR_SET: "{who} switched on codes at sign-in",
      SECOND_FACTOR_REMOVED: "{who} switched off codes at sign-in",
      RECOVERY_CODES_RENEWED: "{who} made new recovery codes",
      RECOVERY_CODE_USED: "{who} used a recovery code",
      BACKUP_RESTORED: "The backup {subject} was restored",
    },
    byNobody: {
      PASSWORD_SET: "A new password was set for {subject}",
      SECOND_FACTOR_REMOVED: "Codes at sign-in were switched off for {subject}",
    },
    sessions: { PAGE: "in a browser", PHONE: "on a phone" },
    empty: "Nothing has been done yet.",
  },
  FR: {
    kinds: {
      REQUEST_FILED: "Demande déposée",
      REQUEST_APPROVED: "Demande approuvée",
      REQUEST_REJECTED: "Demande refusée",
      REQUEST_WITHDRAWN: "Demande retirée",
      SIGNED_IN: "Connexion",
      SIGNED_OUT: "Déconnexion",
      PASSWORD_SET: "Nouveau mot de passe",
      PASSWORD_RESET_ASKED: "Lien de mot de passe demandé",
      USER_ADDED: "Personne ajoutée",
      ORGANISATION_ADDED: "Organisation ajoutée",
      MAIL_SENT_AGAIN: "E-mail renvoyé",
      SECOND_FACTOR_SET: "Codes activés",
      SECOND_FACTOR_REMOVED: "Codes désactivés",
      RECOVERY_CODES_RENEWED: "Nouveaux codes de secours",
      RECOVERY_CODE_USED: "Code de secours utilisé",
      BACKUP_RESTORED: "Sauvegarde restaurée",
    },
    sentences: {
      REQUEST_FILED: "{who} a déposé une demande pour {subject}",
      REQUEST_APPROVED: "{who} a approuvé une demande pour {subject}",
      REQUEST_REJECTED: "{who} a refusé une demande pour {subject}",
      REQUEST_WITHDRAWN: "{who} a retiré une demande pour {subject}",
      SIGNED_IN: "{who} a ouvert une session",
      SIGNED_OUT: "{who} a fermé une session",
      PASSWORD_SET: "{who} a choisi un nouveau mot de passe",
      PASSWORD_RESET_ASKED: "Quelqu’un a demandé un lien pour un nouveau mot de passe de {subject}",
      USER_ADDED: "L’accès de {subject} a été ajouté",
      ORGANISATION_ADDED: "L’organisation {subject} a été ajoutée",
      MAIL_SENT_AGAIN: "{who} a renvoyé un e-mail à {subject}",
      SECOND_FACTOR_SET: "{who} a activé les codes à la connexion",
      SECOND_FACTOR_REMOVED: "{who} a désactivé les codes à la connexion",
      RECOVERY_CODES_RENEWED: "{who} a créé de nouveaux codes de secours",
      RECOVERY_CODE_USED: "{who} a utilisé un code de secours",
      BACKUP_RESTORED: "La sauvegarde {subject} a été restaurée",
    },
    byNobody: {
      PASSWORD_SET: "Un nouveau mot de passe a été défini pour {subject}",
      SECOND_FACTOR_REMOVED: "Les codes à la connexion ont été désactivés pour {subject}",
    },
    sessions: { PAGE: "dans un navigateur", PHONE: "sur un téléphone" },
    empty: "Rien n’a encore été fait.",
  },
  ES: {
    kinds: {
      REQUEST_FILED: "Solicitud presentada",
      REQUEST_APPROVED: "Solicitud aprobada",
      REQUEST_REJECTED: "Solicitud rechazada",
      REQUEST_WITHDRAWN: "Solicitud retirada",
      SIGNED_IN: "Inicio de sesión",
      SIGNED_OUT: "Cierre de sesión",
      PASSWORD_SET: "Contraseña nueva",
      PASSWORD_RESET_ASKED: "Enlace de contraseña pedido",
      USER_ADDED: "Persona añadida",
      ORGANISATION_ADDED: "Organización añadida",
      MAIL_SENT_AGAIN: "Correo reenviado",
      SECOND_FACTOR_SET: "Códigos activados",
      SECOND_FACTOR_REMOVED: "Códigos desactivados",
      RECOVERY_CODES_RENEWED: "Códigos de recuperación nuevos",
      RECOVERY_CODE_USED: "Código de recuperación usado",
      BACKUP_RESTORED: "Copia de seguridad restaurada",
    },
    sentences: {
      REQUEST_FILED: "{who} presentó una solicitud para {subject}",
      REQUEST_APPROVED: "{who} aprobó una solicitud para {subject}",
      REQUEST_REJECTED: "{who} rechazó una solicitud para {subject}",
      REQUEST_WITHDRAWN: "{who} retiró una solicitud para {subject}",
      SIGNED_IN: "{who} inició sesión",
      SIGNED_OUT: "{who} cerró sesión",
      PASSWORD_SET: "{who} puso una contraseña nueva",
      PASSWORD_RESET_ASKED: "Alguien pidió un enlace para poner una contraseña nueva a {subject}",
      USER_ADDED: "Se añadió el acceso de {subject}",
      ORGANISATION_ADDED: "Se añadió la organización {subject}",
      MAIL_SENT_AGAIN: "{who} reenvió un correo a {subject}",
      SECOND_FACTOR_SET: "{who} activó los códigos al iniciar sesión",
      SECOND_FACTOR_REMOVED: "{who} desactivó los códigos al iniciar sesión",
      RECOVERY_CODES_RENEWED: "{who} creó códigos de recuperación nuevos",
      RECOVERY_CODE_USED: "{who} usó un código de recuperación",
      BACKUP_RESTORED: "Se restauró la copia de seguridad {subject}",
    },
    byNobody: {
      PASSWORD_SET: "Se puso una contraseña nueva a {subject}",
      SECOND_FACTOR_REMOVED: "Se desactivaron los códigos al iniciar sesión de {subject}",
    },
    sessions: { PAGE: "en un navegador", PHONE: "en un teléfono" },
    empty: "Aún no se ha hecho nada.",
  },
  CA: {
    kinds: {
      REQUEST_FILED: "Sol·licitud presentada",
      REQUEST_APPROVED: "Sol·licitud aprovada",
      REQUEST_REJECTED: "Sol·licitud rebutjada",
      REQUEST_WITHDRAWN: "Sol·licitud retirada",
      SIGNED_IN: "Inici de sessió",
      SIGNED_OUT: "Tancament de sessió",
      PASSWORD_SET: "Contrasenya nova",
      PASSWORD_RESET_ASKED: "Enllaç de contrasenya demanat",
      USER_ADDED: "Persona afegida",
      ORGANISATION_ADDED: "Organització afegida",
      MAIL_SENT_AGAIN: "Correu reenviat",
      SECOND_FACTOR_SET: "Codis activats",
      SECOND_FACTOR_REMOVED: "Codis desactivats",
      RECOVERY_CODES_RENEWED: "Codis de recuperació nous",
      RECOVERY_CODE_USED: "Codi de recuperació usat",
      BACKUP_RESTORED: "Còpia de seguretat restaurada",
    },
    sentences: {
      REQUEST_FILED: "{who} va presentar una sol·licitud per a {subject}",
      REQUEST_APPROVED: "{who} va aprovar una sol·licitud per a {subject}",
      REQUEST_REJECTED: "{who} va rebutjar una sol·licitud per a {subject}",
      REQUEST_WITHDRAWN: "{who} va retirar una sol·licitud per a {subject}",
      SIGNED_IN: "{who} va iniciar la sessió",
      SIGNED_OUT: "{who} va tancar la sessió",
      PASSWORD_SET: "{who} va posar una contrasenya nova",
      PASSWORD_RESET_ASKED: "Algú va demanar un enllaç per posar una contrasenya nova a {subject}",
      USER_ADDED: "Es va afegir l’accés de {subject}",
      ORGANISATION_ADDED: "Es va afegir l’organització {subject}",
      MAIL_SENT_AGAIN: "{who} va reenviar un correu a {subject}",
      SECOND_FACTOR_SET: "{who} va activar els codis en iniciar la sessió",
      SECOND_FACTOR_REMOVED: "{who} va desactivar els codis en iniciar la sessió",
      RECOVERY_CODES_RENEWED: "{who} va crear codis de recuperació nous",
      RECOVERY_CODE_USED: "{who} va fer servir un codi de recuperació",
      BACKUP_RESTORED: "Es va restaurar la còpia de seguretat {subject}",
    },
    byNobody: {
      PASSWORD_SET: "Es va posar una contrasenya nova a {subject}",
      SECOND_FACTOR_REMOVED: "Es van desactivar els codis en iniciar la sessió de {subject}",
    },
    sessions: { PAGE: "en un navegador", PHONE: "en un telèfon" },
    empty: "Encara no s’ha fet res.",
  },
};

/** Every kind of act, in the order in which a list of them stands. */
export const ACTS = Object.keys(WORDS.EN.kinds) as Act[];

/** The words of the reader's language. */
export function useAuditWords(): Words {
  return WORDS[useSpeech().language];
}
